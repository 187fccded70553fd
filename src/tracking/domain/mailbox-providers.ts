/**
 * Domains at which people who do not know each other have their mailboxes: that several of them click at the same time is
 * no wonder there. At any other domain one filter stands before all mailboxes.
 */
const PROVIDERS =
  /^(?:(?:gmail|googlemail|icloud|me|mac|aol|proton|protonmail|pm|fastmail|hushmail|zoho|mail|email|yandex|rambler|bk|inbox|list|gmx|web|t-online|freenet|arcor|libero|virgilio|tiscali|alice|tim|inwind|iol|email|fastwebnet|teletu|poste|pec|aruba|orange|wanadoo|free|sfr|laposte|neuf|telefonica|terra|bluewin|bigpond|comcast|verizon|att|sbcglobal|cox|charter|earthlink|btinternet|virginmedia|sky|talktalk|qq|163|126|sina|naver|daum|seznam|wp|o2|onet|interia|abv|ukr|outlook|hotmail|live|msn|passport|yahoo|ymail|rocketmail|myyahoo)\.[a-z]{2,4}(?:\.[a-z]{2})?)$/;

/** Whether a domain (ASCII, lower case) is such a provider's. */
export function isMailboxProvider(domain: string): boolean {
  return PROVIDERS.test(domain);
}
