/** An id of the chain in decimal, from 1: at most as many digits as an unsigned 256-bit integer has. */
export const ID_TEXT = /^[1-9]\d{0,77}$/u;
