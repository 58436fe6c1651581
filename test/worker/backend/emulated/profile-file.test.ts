import { expect, test } from 'vitest';
import { readProfile } from '../../../../worker/backend/emulated/profile.ts';

test('a profile that has no end is refused before it is read', async () => {
  await expect(readProfile('/dev/zero')).rejects.toThrow(/found no regular file, expected a file/);
});
