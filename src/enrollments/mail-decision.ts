// Public surface: the gate of the sender asks the same question as the engine.
export { type MailabilityFacts, mayMail } from './domain/may-mail';
