// Loaded only when a certificate has to be made: what writes ASN.1 is not needed to serve.
import { createHash } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { signBytes } from "../base/index.ts";

/** What every certificate says of itself. */
export interface CertificateTerms {
  /** Its name in the lists of a device. */
  readonly subject: string;
  /** SubjectPublicKeyInfo as DER. */
  readonly publicKey: Uint8Array;
  readonly serialNumber: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly use:
    | { readonly kind: "authority"; readonly names: readonly string[]; readonly ranges: readonly string[] }
    | { readonly kind: "server"; readonly names: readonly string[]; readonly addresses: readonly string[] };
}

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const commonName = "2.5.4.3";
const organizationName = "2.5.4.10";

/** Who signs: the key, and the certificate as DER that has it; without one the certificate is its own issuer's. */
export interface Issuer {
  readonly privateKey: string;
  readonly certificate?: Uint8Array;
}

/** Signs a certificate (RFC 5280) with its issuer's key; returns it as PEM. */
export function signCertificate(terms: CertificateTerms, { privateKey, certificate }: Issuer): string {
  const subject = nameOf(terms.subject);
  const subjectPublicKeyInfo = AsnConvert.parse(bufferOf(terms.publicKey), SubjectPublicKeyInfo);
  const issuer =
    certificate === undefined
      ? { subject, subjectPublicKeyInfo }
      : AsnConvert.parse(bufferOf(certificate), Certificate).tbsCertificate;
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(terms.serialNumber),
    signature: signatureAlgorithm,
    issuer: issuer.subject,
    subject,
    validity: new Validity({ notBefore: new Date(terms.notBeforeMs), notAfter: new Date(terms.notAfterMs) }),
    subjectPublicKeyInfo,
    extensions: new Extensions([
      ...(terms.use.kind === "authority" ? authorityExtensions(terms.use) : serverExtensions(terms.use)),
      ...keyExtensions(subjectPublicKeyInfo, issuer.subjectPublicKeyInfo),
    ]),
  });
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = bufferOf(signBytes(privateKey, signed));
  return pemOf(AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue })));
}

function keyExtensions(own: SubjectPublicKeyInfo, issuers: SubjectPublicKeyInfo): Extension[] {
  const keyIdentifier = new KeyIdentifier(keyIdOf(issuers));
  return [
    // Whoever holds the authority's key can't sign programs or mail with it either.
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdOf(own))),
    extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier })),
  ];
}

function authorityExtensions({ names, ranges }: Extract<CertificateTerms["use"], { kind: "authority" }>): Extension[] {
  const permitted = [
    ...names.map((dNSName) => new GeneralName({ dNSName })),
    ...ranges.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const permittedSubtrees = new GeneralSubtrees(permitted.map((base) => new GeneralSubtree({ base })));
  return [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign)),
    extension(id_ce_nameConstraints, true, new NameConstraints({ permittedSubtrees })),
  ];
}

function serverExtensions({ names, addresses }: Extract<CertificateTerms["use"], { kind: "server" }>): Extension[] {
  return [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(
      id_ce_subjectAltName,
      false,
      new SubjectAlternativeName([
        ...names.map((dNSName) => new GeneralName({ dNSName })),
        ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
      ]),
    ),
  ];
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function nameOf(text: string): Name {
  const part = (type: string, utf8String: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })]);
  return new Name([part(organizationName, "Bothy"), part(commonName, text)]);
}

/** As RFC 7093 names a key: the first 160 bits of its SHA-256. */
function keyIdOf({ subjectPublicKey }: SubjectPublicKeyInfo): ArrayBuffer {
  return bufferOf(createHash("sha256").update(new Uint8Array(subjectPublicKey)).digest().subarray(0, 20));
}

/** The bytes alone, in a buffer of their own. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function pemOf(der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/gu) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
