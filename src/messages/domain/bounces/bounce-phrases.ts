import { type BounceClass, type BounceReason } from './bounce-kinds';

/** What codes or words blame, and whom. */
interface Rule {
  reason: BounceReason;
  class: BounceClass;
  /** Enhanced codes that mean it whatever is said. */
  codes?: RegExp;
  words?: RegExp;
}

/**
 * In order: what blames us or the mail stands before what blames the recipient, so that no address is given up for our
 * own fault. "5.x.x is hard" is right on half of a real corpus; the words decide, the codes help.
 */
export const RULES: readonly Rule[] = [
  {
    reason: 'greylisted',
    class: 'soft',
    words: /gr[ae]y[ -]?list/i,
  },
  {
    reason: 'no_reverse_dns',
    class: 'sender_fault',
    codes: /^[45]\.7\.25$/,
    words:
      /\bptr\b|reverse[ -]?(dns|lookup|mapping|address)|\brdns\b|(without|no) (a )?valid sender domain|cannot (find|resolve) your (hostname|reverse)/i,
  },
  {
    reason: 'authentication',
    class: 'sender_fault',
    codes: /^[45]\.7\.(2[0-46-7]|509|515|512)$/,
    words:
      /\bdmarc\b|\bspf\b|\bdkim\b|sender policy framework|unauthenticated (e-?)?mail|not authenticated|fails? authentication checks|unauthenticated senders/i,
  },
  {
    reason: 'rate_limited',
    class: 'sender_fault',
    codes: /^[45]\.7\.(28|708)$/,
    words:
      /too (many|much) (recipients this|messages|mails?|connections|sessions|requests|errors)|sent to too many|rate[ -]?limit|frequency limited|throttl|slow down|too many (concurrent|simultaneous)|exceeded .{0,30}(connection|message|sending|hourly|daily) (limit|rate|quota)|sending (limit|quota)|daily (sending|message) (quota|limit)|maximum number of (recipients|connections)|too many recipients|too fast/i,
  },
  {
    reason: 'blocked',
    class: 'sender_fault',
    codes: /^[45]\.7\.(60[0-9]|7[0-9][0-9])$/,
    words:
      /black[ -]?list|block[ -]?list|\bdns[bw]l\b|\brbl\b|spamhaus|spamcop|barracudacentral|proofpoint\.com|senderbase|\bbanned\b|sender ip|ip .{0,40}(block|reject|denied|refused|list)|(block|reject|refus|denied|invalid|bloqu)\w* .{0,40}\bip\b|(client )?host .{0,60}(rejected|blocked|refused|denied)|(poor|bad|low|negative) reputation|reputation|temporarily deferred due to|\[ts[0-9]{2}\]|\[tss[0-9]{2}\]|(connection|connections|access) (was |is |were |are )?(rejected|refused|denied|not accepted) (by|from|due|for your|because)|we do not accept (mail|messages) from|not accepting (mail|messages|connections) from|(your|this|sending) (server|host|ip|network|domain|isp) .{0,40}(block|reject|denied|banned|listed)|generic (host|rdns)|dynamic (ip|address|pool)|spam(ming)? (source|issues|host)|may not be mail exchanger|insecure mail relay|\(bl\)|no ?smtp service|bad (helo|ehlo)|invalid (helo|ehlo)|(helo|ehlo) command rejected|cannot send e-?mail to yourself/i,
  },
  {
    reason: 'virus',
    class: 'message_fault',
    words: /\bvirus(es)?\b|malware|infected|\btrojan\b/i,
  },
  {
    reason: 'too_big',
    class: 'message_fault',
    codes: /^[45]\.(3\.4|2\.3)$/,
    words:
      /(message|mail|msg|size|body|file|it)\s.{0,40}(too (large|big|long)|exceed\w* .{0,40}(size|limit|maximum))|maximum (allowed )?(message )?size|message size exceeds|size limit|too (big|large) (for|message)/i,
  },
  {
    reason: 'spam',
    class: 'message_fault',
    words:
      /\bspam\b|\bube\b|\buce\b|unsolicited|bulk mail|junk mail|message content rejected|content (was |is )?(rejected|blocked|filtered)|classified as|high probability of spam|looks like spam/i,
  },
  {
    reason: 'content',
    class: 'message_fault',
    codes: /^[45]\.6\.\d+$/,
    words:
      /content presents a potential|(message|mail) .{0,30}(attachment|content).{0,40}(not (allowed|accepted|permitted)|block|reject|prohibit)|improper use of 8-bit|(html|attachment|executable|zip) .{0,30}(not allowed|blocked|rejected|not accepted)|routing loop|contains? .{0,40}(invalid|illegal|forbidden|bare) |header(s)? .{0,20}(error|missing|invalid)/i,
  },
  {
    reason: 'malformed',
    class: 'message_fault',
    codes: /^[45]\.5\.[2-46]$/,
    words:
      /rfc ?-?\d{3,4}.{0,20}(compliant|compliance|violation)|not (rfc|compliant)|duplicat(ed?|e) (message-?id|header)|multiple .{0,20}headers|(command|parameter).{0,30}(not implemented|unrecogni[sz]ed|not recogni[sz]ed|syntax)|syntax error|improper sequence|bad sequence|protocol (violation|error)|malformed|incorrectly constructed|lines? (is |are )?too long/i,
  },
  {
    reason: 'relaying_denied',
    class: 'sender_fault',
    words:
      /relay(ing)? (access )?(is )?(denied|not (allowed|permitted)|prohibited|forbidden)|not (permitted|allowed) to relay|unable to relay|we do not relay|relay access denied|email address is not verified|open relay|no relaying|relaying not/i,
  },
  {
    reason: 'sender_rejected',
    class: 'sender_fault',
    codes: /^[45]\.1\.[78]$/,
    words:
      /sender (address |domain |was )?(rejected|denied|refused|invalid|unknown|not (allowed|accepted|permitted|verified|exist))|sender was rejected|domain of sender|sender domain|(invalid|unknown|bad|unverified|forbidden|illegal|unroutable) sender|from (address|domain|header).{0,40}(reject|not|invalid|denied)|(mail from|return[ -]path|envelope[ -]?from).{0,60}(reject|denied|not (allowed|accepted|exist|permitted)|invalid|refus)|sender verif|verify sender|not (a )?(valid|authori[sz]ed) sender|send mail as|your (e-?mail |envelope )?(address|domain) .{0,30}(not|reject|denied|does)|backscatter|you are not (allowed|permitted|authori[sz]ed)|restricted.{0,20}sender|not permitted to (post|send)|(sender'?s?|envelope[ -]?(from|sender)) (e-?mail )?(address|domain|user|was|is) .{0,40}(not|unknown|invalid|reject|denied)|(address|domain) in (the )?(from|sender|return[ -]path)|your (mail |e-?mail )?(server|host)('s)? (name |address |domain )?(is |was |could |does )?(not|unknown|invalid)|absender\S*.{0,40}(unbekannt|ung(ü|ue)ltig|existiert nicht|nicht )|mittente.{0,40}(sconosciut|inesistent|non (esiste|valid|trovat|autorizzat))|(exp[ée]diteur|[ée]metteur).{0,40}(inconnu|invalide|inexistant|introuvable|refus)|(remitente|remetente).{0,40}(desconocid|desconhecid|inexistente|inv[aá]lid|no existe|n[aã]o existe)|afzender.{0,40}(onbekend|ongeldig|bestaat niet)|nadawc\S*.{0,40}(nieznan|nie istnieje)|отправител\S*.{0,40}(не найден|не существует|неизвест)|(发件人|寄件人|寄件者|送信者|送信元).{0,20}(不存在|不明|存在しない|无效)|av(s[aä]ndare|sender)\S*.{0,40}(ok[aä]nd|ukjent|finns inte|finnes ikke)/i,
  },
  {
    reason: 'policy',
    class: 'sender_fault',
    codes: /^[45]\.7\.9$/,
    words:
      /policy|authrequired|authentication (is )?required|not authori[sz]ed|delivery not authori[sz]ed|security (reason|violation)|administrative(ly)? (prohibit|denied|reject)|message not (accepted|allowed)|(rejected|denied) (by|for) (local|security|system|site)|permission to (post|send)|is not (allowed|permitted) to (post|send)/i,
  },
  {
    reason: 'tls',
    class: 'sender_fault',
    codes: /^[45]\.7\.(10|11)$/,
    words: /starttls|\btls\b .{0,40}(required|fail|not|must|error)|must issue a starttls|ssl .{0,20}(error|fail)/i,
  },
  {
    reason: 'filtered',
    class: 'soft',
    words: /recipient preferences|refused due to recipient|^(\d{3}[ -])?(.*-> \d{3} )?: user unknown/i,
  },
  {
    reason: 'system',
    class: 'soft',
    words:
      /couldn't create|can'?t create (output|user)|procmail|command (died|failed)|local (delivery|configuration) (error|failed)/i,
  },
  {
    reason: 'mailbox_full',
    class: 'soft',
    codes: /^[45]\.2\.2$/,
    words:
      /(mail ?box|account|user|recipient|inbox|maildir|storage|folder|boite).{0,60}(is )?(full|over ?-?quota|exceed|out of (storage|space)|pleine|voll|llen[ao]|pien[ao])|over ?-?quota|quota (is )?(exceed|full|reached|violation)|exceed\w* .{0,40}(quota|storage|mail ?box)|quota.{0,20}(exceeded|limit)|insufficient (storage|space|disk|system storage)|disk (is )?(full|space|quota)|no (more )?(disk )?space|not enough (storage|space|disk)|mailfolder is full|mailbox (size )?limit|too much mail data|mail box.{0,20}full|out of (disk )?space|(casella|mailbox|account|posta).{0,40}(piena|esaurit|superat)|(postfach|mailbox|konto).{0,40}(voll|überfüllt|erschöpft)|speicherplatz|(bo[iî]te|messagerie).{0,40}pleine|quota d[ée]pass|(buz[oó]n|caixa|cuenta|conta).{0,40}(llen[oa]|chei[ao]|excedid)|(postvak|brievenbus).{0,20}vol|skrzynk.{0,40}(pełn|przepełn)|ящик.{0,20}переполнен|превышен.{0,30}(квот|размер)|容量.{0,10}(超|不足)|空间.{0,6}不足|信箱.{0,4}满/i,
  },
  {
    reason: 'disabled',
    class: 'soft',
    words:
      /(account|mail ?box|user|recipient|address|compte|domain)\b.{0,60}\b(is |are |has been |have been |been |est )?(disabled|suspended|frozen|locked|inactive|deactivated|blocked|bloque|expired|not active|on hold|unavailable temporarily|temporarily)|not currently accepting|currently suspended|(disabled|suspended|inactive|deactivated|dormant|locked) (account|mail ?box|user|recipient)|mailbox currently|boite du destinataire archivee/i,
  },
];

/**
 * Words that an address is no more. They are believed where the server refused the recipient (RCPT), or with a code that
 * says so; after DATA they are a filter's, and in a notice that names no command nobody knows.
 */
export const USER_UNKNOWN =
  /user(s)? (\(?s?\)? )?(is )?(unknown|not (found|known|exist|here|listed))|(unknown|invalid|no such|nonexistent|non-existent|unrouteable|bad|illegal) (final delivery |local |virtual |e-?mail )?(user(id)?|recipient|mail ?box|address|alias|account|local[ -]?part|destination mail ?box)|no (such )?(user|mail ?box|recipient|account|address)( here| found| exists?| by that name|\b)|(user|recipient|address|mail ?box|account|addressee|alias|destinatario|destinataire)\b.{0,80}\b((does|do|did) ?n[o']t (exist|have)|not (found|exist|known|recogni[sz]ed|listed|valid|on server)|unknown|is unknown|doesn't (exist|have)|couldn'?t be found|wasn'?t found|could not be found|n'existe|inexist|invalide|no existe|non esiste|not a valid)|not (a )?(valid|known) (recipient|user|mail ?box|address)|(doesn'?t|does not) have (an?|the) .{0,60} account|address not found|address rejected\.?$|recipient (address )?rejected: (access denied|user|unknown|undeliverable)|(?<!from |sender |your )(mail ?box|recipient|addressee|alias|user|address) (name )?(is )?invalid\b|address(es)? (was|were) unknown|not an? (active|existing|existent) (e-?mail )?(address|user|account|mail ?box|recipient)|\brcpt\b.{0,80}does ?n[o']t exist|no such (person|e-?mail|addressee)|not present in .{0,20}(directory|address book)|mail ?box not present|unknown or illegal alias|recipnotfound|recipientnotfound|recipient name is not recogni[sz]ed|not our customer|mail ?box (is )?unavailable(?!:? (or|due|at |because|for |by |tempor|until|currently|right now))|mail ?box not (found|available)|unrouteable address|invalid address|address is unknown|addressee unknown|not listed in|no longer (available|valid|in use|works|with)|nobody by that name|said: 550 rejected|unknown recipient|not delivered to.{0,60}because the address/i;

/** Words that are believed wherever they stand: they come from the directory of the receiving house itself. */
export const NOT_IN_DIRECTORY =
  /not listed in .{0,40}(directory|address book)|recipient name is not recogni[sz]ed|invalid final delivery userid|address not found|unknown (or illegal )?alias|recipnotfound/i;

/** A person who has moved; an account that moved to another machine is still there. */
export const MOVED =
  /no longer on server|(user|recipient|person|mail ?box|account|address(ee)?|employee|customer)\b.{0,60}(has moved(?! to )|moved to )(?!(an?|the|another|its|our)?\s?(new |other |different |another )?(plan|server|host|system|platform|cluster|machine|spam|junk|quarantine|folder|trash))|new address|address has changed|please (use|try) <?\S+@/i;

/** Words that the domain is no more. A server that cannot be reached at the moment is another matter. */
export const HOST_UNKNOWN =
  /host (or domain name )?(is )?(not found|unknown|does not exist)|unknown host|unknown domain|(no such|invalid|illegal|bad) (host|domain)|domain (\S+ )?(does|do) ?n[o']t exist|domain (name )?not found|host\/domain name found|(invalid|nonexistent) domain|name service error.{0,80}host not found|domain .{0,60}(couldn'?t|could not) be found|nxdomain|unrouteable (mail )?domain|lookup failure: host .{0,80} not found|unrouteable address/i;

export const EXPIRED =
  /(timed|time)[ -]?out|expired|giving up|too long in queue|(could|was) not (be )?(delivered|deliver) (for|within|after|in)|retry time(out)?|after (multiple|several) retries|retries|undeliverable for|been in (the )?queue|aborted after|not going to try|last \d+ (seconds|hours|days)|message (will|has been) (be )?delay|unable to deliver this message after|4\.4\.7/i;

export const NETWORK =
  /(connection|connect|session) (was |is )?(refused|reset|lost|closed|dropped|failed|timed|error|unreachable)|unable to connect|no route to host|network (is )?unreachable|unreachable|mail loop|too many hops|hop count|loops? back|dns (error|lookup|fail)|name (server|service) (error|fail)|cannot (find|reach) .{0,30}(mail|mx|host|server)|mx .{0,40}(not|no |invalid|point)|no (relevant answers|mx|mail servers?)|all (mail )?(hosts|servers)|lost connection|host .{0,40}(down|unreachable)|hops?\b|maximum allowed times|name server/i;

export const NULL_MX =
  /null mx|does ?n[o']t (receive|accept) (e-?)?mail|5\.1\.10\b.{0,40}null|does not accept mail \(nullmx\)/i;

export const SYSTEM =
  /local error|internal (server )?error|system (error|failure|config|problem|is not)|service (currently |temporarily )?(unavailable|not available)|try (again )?later|temporar(y|ily)|other mail system problem|server (error|busy|down)|insufficient system|resources|command (failed|died|time)|can('|no)?t (create|open|write)|i\/o error|deferred/i;

/** "User unknown" in the languages of the servers that say it in their own. */
export const USER_UNKNOWN_ABROAD =
  /(utente|destinatario|indirizzo|casella)\b.{0,60}(sconosciut|inesistent|non (esiste|trovat|valid))|(?<!absender)(empf(ä|ae)nger|benutzer|adresse|postfach|nutzer)\b.{0,60}(unbekannt|existiert nicht|nicht (gefunden|vorhanden|bekannt)|ung(ü|ue)ltig)|(adresse|destinataire|utilisateur|compte|bo[iî]te)\b.{0,60}(inconnu|invalide|inexistant|n[' ]existe|introuvable)|(usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta)\b.{0,60}(desconocid|inexistente|no (existe|encontrad|v[aá]lid))|(usu[aá]rio|destinat[aá]rio|endere[cç]o|caixa)\b.{0,60}(desconhecid|inexistente|inv[aá]lid|n[aã]o (existe|encontrad))|(gebruiker|geadresseerde|adres)\b.{0,40}(onbekend|bestaat niet|niet gevonden)|(u[zż]ytkownik|adresat|odbiorca|konto|adres)\b.{0,40}(nieznany|nie istnieje|nie znaleziono)|(пользовател|адресат|получател|ящик|адрес).{0,40}(не найден|не существует|неизвест|отсутствует)|нет такого (пользователя|адреса|ящика)|(用户|收件人|帐号|账号|邮箱|地址).{0,6}不存在|(宛先|受信者|ユーザ|メールアドレス|アドレス).{0,20}(不明|存在しません|存在しない|見つかりません)|(unbekannte[rsn]?|ung(ü|ue)ltige[rsn]?) (empf(ä|ae)nger|benutzer|adress|postfach|nutzer)|(adresse|destinataire|utilisateur) inconnue?|nessun utente|no existe (ese|este|esta|esa|dich[ao]|tal|el|la|un|una) (usuario|persona|buz[oó]n|cuenta|direcci[oó]n|destinatario)|onbekende (gebruiker|ontvanger|geadresseerde)|ontvanger.{0,30}(onbekend|bestaat niet)|nieznan[ya] (u[zż]ytkownik|adres|odbiorc)|неизвестн\S* (пользовател|получател|адресат|адрес)|ok[aä]nd (anv[aä]ndare|mottagare|adress)|(anv[aä]ndare|mottagare|adress|brevl[aå]d)\S*.{0,30}(finns inte|ok[aä]nd|hittades inte)|(ukendt|ukjent) (bruger|bruker|modtager|mottaker|adresse)|(bruger|bruker|modtager|mottaker|adresse)\S*.{0,30}(findes ikke|finnes ikke|eksisterer ikke|ukendt|ukjent)|(k[aä]ytt[aä]j[aä]|vastaanottaja|osoite)\S*.{0,20}(ei ole olemassa|ei ole$|ei l[oö]ydy|tuntematon)|tuntematon (k[aä]ytt[aä]j[aä]|vastaanottaja)|(u[zž][ií]vate[lľ]|adresa|p[rř][ií]jemc[ei]|schr[aá]nka)\S*.{0,20}(neexistuje|nenalezen|nezn[aá]m)|nezn[aá]m\S* (u[zž][ií]vate[lľ]|adres|p[rř][ií]jemc)|(felhaszn[aá]l[oó]|c[ií]mzett|postafi[oó]k)\S*.{0,20}(nem l[eé]tezik|nem tal[aá]lhat[oó]|ismeretlen)|ismeretlen (felhaszn[aá]l[oó]|c[ií]mzett)|(kullan[ıi]c[ıi]|al[ıi]c[ıi]|posta kutusu)\S*.{0,20}(bulunamad[ıi]|bilinmiyor|mevcut de[ğg]il)|bilinmeyen (kullan[ıi]c[ıi]|al[ıi]c[ıi])|(utilizator|destinatar|adres[aă])\S*.{0,20}(necunoscut|inexistent|nu exist)|(χρήστης|παραλήπτης|διεύθυνση).{0,20}(άγνωστ|δεν (υπάρχει|βρέθηκε))|存在しない(ユーザ|メール|アドレス|宛先)|(使用者|收件者|信箱|帳戶).{0,6}不存在|(사용자|수신자|주소|메일함|계정).{0,20}(존재하지 ?않|찾을 수 없)|존재하지 않는 (사용자|수신자|주소|계정|메일)/i;

/** A filter that wants people to prove that they are some, before it delivers. */
export const CHALLENGE = new RegExp(
  [
    String.raw`(prove|confirm|verify|show)\b.{0,40}\b(you are|you're|sender is)\b.{0,20}\b(human|a (real )?person|not an? (robot|spammer|machine|bot))`,
    String.raw`challenge[- /]?response|sender (address )?verification (is )?(required|requested|needed)|confirm that you (sent|are the sender)`,
    String.raw`(message|mail|e-?mail)\b.{0,80}\b(held|waiting|quarantined|pending|on hold|not be delivered|will be delivered)\b.{0,100}\b(until|once|if|unless|after|when) you\b.{0,60}(confirm|verif|reply|click|respond|authenticat|follow)`,
    String.raw`please (confirm|verify) (your (message|e-?mail|identity)|yourself|that you)`,
    String.raw`best(ä|ae)tigen sie.{0,80}(mensch|absender|nachricht|zustell)|kein (spammer|roboter)`,
    String.raw`conferm\S+.{0,80}(essere (una persona|uman)|mittente|(il|suo|tuo) messaggio)`,
    String.raw`confirme[rz]?\b.{0,80}(humain|exp[ée]diteur|votre (message|envoi))`,
    String.raw`confirm[ae]\S*.{0,80}(humano|remitente|remetente|(su|tu|seu|sua) mensa[jg])`,
  ].join('|'),
  'i',
);
