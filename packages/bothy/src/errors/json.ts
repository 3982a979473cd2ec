/** What JSON text can hold: the form in which anything travels or is written to a file. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };
