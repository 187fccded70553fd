/**
 * Mail houses with many domains: what one of their domains says of our pace holds for all of them. By the recipient's domain
 * alone, without a look at its MX.
 */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  gmail: /^(gmail|googlemail)\.com$/,
  microsoft: /^((hotmail|outlook|live)\.[a-z]{2,3}(\.[a-z]{2})?|msn\.com|passport\.com|windowslive\.com)$/,
  yahoo: /^(yahoo\.[a-z]{2,3}(\.[a-z]{2})?|ymail\.com|rocketmail\.com|myyahoo\.com|aol\.[a-z]{2,3}(\.[a-z]{2})?)$/,
  apple: /^(icloud|me|mac)\.com$/,
  libero: /^(libero|virgilio|iol|inwind|blu|giallo)\.it$/,
  tim: /^(tim|alice|tin)\.it$/,
  gmx: /^(gmx\.[a-z]{2,3}|web\.de|mail\.com)$/,
  proton: /^(proton\.me|protonmail\.(com|ch)|pm\.me)$/,
};

const KNOWN = Object.entries(FAMILIES);

/** The destination group of an address's domain: the name of its family, else the domain itself in lower case. */
export function destinationGroup(domain: string): string {
  const name = domain.toLowerCase();
  return KNOWN.find(([, domains]) => domains.test(name))?.[0] ?? name;
}

/** {@link destinationGroup} of an address. */
export function groupOfAddress(address: string): string {
  return destinationGroup(address.slice(address.lastIndexOf('@') + 1));
}
