import { describe, expect, it } from 'vitest'
import { nameThreads, roleOf } from '../../../bench/profile/thread-role.js'

function loaded(...urls: string[]) {
  const scripts = [null, ...urls.map((url) => ({ url }))]
  return { code: [], functions: [], ticks: [], scripts }
}
const BUILD = 'file:///irpool/build'
const MARK = `${BUILD}/bench/profile/thread-mark.js`

describe('roleOf', () => {
  it.each([
    ['host', [`${BUILD}/bench/child.js`, `${BUILD}/src/index.js`]],
    [
      'worker',
      ['/irpool/node_modules/piscina/dist/worker.js', `${BUILD}/src/workers/framework-worker.js`],
    ],
    ['hardware', [`${BUILD}/native-sim/producer-thread.js`, `${BUILD}/src/index.js`]],
    [
      'post-message-worker',
      [
        MARK,
        `${BUILD}/bench/profile/thread-role.js`,
        `${BUILD}/bench/rivals/post-message-worker.js`,
      ],
    ],
    [
      'piscina-task',
      ['/a/node_modules/piscina/dist/worker.js', `${BUILD}/bench/rivals/piscina-task.js`],
    ],
    ['thread', ['node:internal/main/worker_thread', MARK]],
  ])('tells the role %s by its scripts', (role, urls) => {
    expect(roleOf(loaded(...urls))).toEqual({ role, threadId: undefined })
  })

  it('reads the mark of thread-mark.ts', () => {
    expect(roleOf(loaded('irpool-thread:12', MARK)).threadId).toBe(12)
  })
})

describe('nameThreads', () => {
  it('puts the host first, numbers workers in order of their threads, and others when there are several', () => {
    const threads = [
      { role: 'echo', threadId: 9 },
      { role: 'worker', threadId: 3 },
      { role: 'hardware', threadId: 4 },
      { role: 'worker', threadId: 1 },
      { role: 'echo', threadId: 7 },
      { role: 'host', threadId: 0 },
    ]
    expect(nameThreads(threads).map(({ name, threadId }) => `${name}=${threadId}`)).toEqual([
      'host=0',
      'worker 1=1',
      'worker 2=3',
      'hardware=4',
      'echo 1=7',
      'echo 2=9',
    ])
  })

  it('numbers a single worker, too', () => {
    expect(nameThreads([{ role: 'worker', threadId: undefined }])[0]?.name).toBe('worker 1')
  })
})
