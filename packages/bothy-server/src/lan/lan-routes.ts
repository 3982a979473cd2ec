import type { Identity } from "./key-file.ts";
import type { LanPlaces } from "./lan-places.ts";
import { httpsUrlFor, httpsUrls } from "./lan-urls.ts";
import type { LanPorts } from "./lan-urls.ts";
import { trustPage, trustPagePolicy } from "./trust-page.ts";

const lanPaths = { page: "/lan", authority: "/lan/authority.crt", status: "/api/lan" } as const;

/** What belongs to trusting the server: at which paths, and what is answered there. */
export interface LanRoutes {
  readonly paths: readonly string[];
  /** Undefined for any other path. */
  readonly answer: (request: Request) => Response | undefined;
}

/** What the routes tell of. */
export interface LanRoutesParts {
  readonly authority: Identity;
  readonly where: () => { readonly places: LanPlaces; readonly ports: LanPorts };
}

/** Puts the answers together. None of them is a secret: a device asks before it trusts. */
export function createLanRoutes({ authority, where }: LanRoutesParts): LanRoutes {
  const answer = (request: Request): Response | undefined => {
    const { pathname } = new URL(request.url);
    const { places, ports } = where();
    const own = httpsUrlFor(request.headers.get("host") ?? "", places, ports);
    switch (pathname) {
      case lanPaths.page: {
        const name = commonNameOf(authority);
        const { fingerprint256: fingerprint } = authority.content;
        const userAgent = request.headers.get("user-agent") ?? "";
        return new Response(trustPage({ name, fingerprint, userAgent, httpsUrl: own }), { headers: pageHeaders });
      }
      case lanPaths.authority:
        return new Response(new Uint8Array(authority.content.raw), { headers: certificateHeaders(authority) });
      case lanPaths.status: {
        const others = httpsUrls(places, ports).filter((url) => url !== own);
        return Response.json({ https: [own, ...others] }, { headers: { "cache-control": "no-store" } });
      }
      default:
        return undefined;
    }
  };
  return { paths: Object.values(lanPaths), answer };
}

/** What a person looks for in the lists of a device. */
export function commonNameOf({ content }: Identity): string {
  return /^CN=(.+)$/mu.exec(content.subject)?.[1] ?? "Bothy";
}

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": trustPagePolicy,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** iOS and Android know the file by its type; the name is what a person picks among the downloads. */
function certificateHeaders(authority: Identity): Record<string, string> {
  const fileName = commonNameOf(authority)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-");
  return {
    "content-type": "application/x-x509-ca-cert",
    "content-disposition": `attachment; filename="${fileName}.crt"`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
}
