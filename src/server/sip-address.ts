/** The SIP URI of a person's SIP address. What has no host, as a number of `ipPhone`, is of our domain. */
export function sipUri(address: string, domain: string): string {
  if (/^sips?:/i.test(address)) return address;
  return address.includes('@') ? `sip:${address}` : `sip:${encodeURIComponent(address)}@${domain}`;
}
