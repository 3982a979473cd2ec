/** Fingers point here: charts give them more room. */
export const isTouch = "(pointer: coarse)";

/** There is room for the reports beside the charts; `charts.css` says the same. */
export const isWide = "(min-width: 1200px)";
