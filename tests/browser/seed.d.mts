/** The word by which a row of CCC is known wherever it turns up. */
export declare const secret: string;
