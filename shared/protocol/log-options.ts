/** How all processes write logs: JSON lines, in which line breaks and escape codes are text. */

const secrets = ['authorization', 'token', 'password', 'secret'];

/** Values of these keys are never written, at the top of a line or one level below. */
export const logOptions = {
  redact: {
    paths: secrets.flatMap((key) => [key, `*.${key}`]),
    censor: '[redacted]',
  },
};
