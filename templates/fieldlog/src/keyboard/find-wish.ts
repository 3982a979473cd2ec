// The key that finds, pressed where no list is: the list's own field takes the focus as soon as it is there.

let isWished = false;

/** Asks the next list for its find field. */
export function wishToFind(): void {
  isWished = true;
}

/** Tells once whether that was asked for. */
export function takeFindWish(): boolean {
  const wasWished = isWished;
  isWished = false;
  return wasWished;
}
