/** What of `package.json` and of the list of packages users get, as data: nothing here runs. */

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** CycloneDX, as far as it is read here. */
export interface Bom {
  readonly bomFormat: string;
  readonly components: readonly { readonly name: string; readonly version: string }[];
  readonly [field: string]: unknown;
}

/** Of use in a checkout only: users have neither the sources nor what works on them. */
const ofCheckouts = ['devDependencies', 'scripts', 'private', 'allowScripts'];

/** Resolves the package's own name to its sources. */
const checkoutCondition = 'isochron-checkout';

/**
 * The manifest without what only a checkout can use. `devDependencies` names the folder that brings
 * Node 24 into a checkout, `scripts.prepare` a program in it.
 */
export function publishedManifest(manifest: Manifest): Manifest {
  const kept = Object.entries(manifest).filter(([field]) => !ofCheckouts.includes(field));
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([path, target]) => [path, built(target)]),
  );
  const published: unknown = { ...Object.fromEntries(kept), exports };
  return published as Manifest;
}

function built(target: string | Readonly<Record<string, string>>): unknown {
  if (typeof target === 'string') return target;
  const { [checkoutCondition]: _sources, ...conditions } = target;
  return conditions;
}

/**
 * The same packages give the same list: npm writes the moment and a random serial number into the
 * list, both of which CycloneDX leaves optional.
 */
export function reproducibleBom(bom: Bom): Bom {
  const { serialNumber: _serial, metadata, ...rest } = bom;
  const { timestamp: _moment, ...lasting } = (metadata ?? {}) as Record<string, unknown>;
  return { ...rest, metadata: lasting };
}
