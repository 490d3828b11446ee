import { expect, it } from 'vitest'
import { serveCommand } from '../../src/cli/serve-command.js'

const quiet = { stdout: { write: () => {} }, stderr: { write: () => {} } }

it('has a help of its own', async () => {
  let text = ''
  const stdout = { write: (more: string) => (text += more) }
  expect(await serveCommand.run(['--help'], { ...quiet, stdout })).toBe(0)
  for (const option of ['--miniport', '--size', '--socket', '--port', '--export', '--read-only']) {
    expect(text).toContain(option)
  }
})

it.each([
  [[], 'irpool serve: expected a protocol: nbd'],
  [['ndb'], "did you mean 'nbd'"],
  [['nbd', 'more'], "unexpected 'more'"],
  [['nbd', '--miniport', 'rom'], "'rom': expected ram, file, nvme"],
  [['nbd', '--size', 'large'], "--size 'large'"],
  [['nbd', '--size', '1000'], "--size '1000': a disk has blocks of 512 bytes"],
  [['nbd', '--size', '1'], "--size '1': a disk has blocks of 512 bytes"],
  [['nbd', '--export', 'a,b,a'], "--export: 'a' twice"],
  [['nbd', '--miniport', 'file'], '1 exports need 1 files, got 0'],
  [['nbd', '--path', 'a.img'], 'did you mean --miniport file'],
  [['nbd', '--socket', 's', '--port', '1'], 'listen on one of them'],
  [['nbd', '--port', '70000'], 'from 0 to 65535'],
  [['nbd', '--workers', '0'], 'from 1 to 64'],
])('%j: %s', async (argv, message) => {
  await expect(serveCommand.run(argv, quiet)).rejects.toMatchObject({
    code: 'ERR_IRP_USAGE',
    message: expect.stringContaining(message) as string,
  })
})
