import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { bench } from './fixtures/bench-on-fakes.js'

describe('a wrong command line', () => {
  it.each([
    [['--qick'], /unknown option '--qick'; did you mean '--quick'\?/],
    [['--runs', '0'], /--runs '0': expected a whole number from 1 to 1000/],
    [['--runs=1.5'], /--runs '1.5': expected a whole number/],
    [['--runs', 'many'], /--runs 'many'/],
    [['--duration', '-1'], /--duration '-1': expected a number of seconds from 0.01 to 3600/],
    [['--duration', '1s'], /--duration '1s'/],
    [['--workers', '65'], /--workers '65': expected a whole number from 1 to 64/],
    [['--json', '--quick'], /--json: a value is missing/],
    [['--json', '/no/such/folder/x.json'], /--json '\/no\/such\/folder\/x.json'/],
    [['--json', os.tmpdir()], /--json .*this is a folder/],
    [['--json', 'package.json/x'], /--json 'package.json\/x': .*what it lies in is no folder/],
    [['--timeline', '/no/such/folder/t.json'], /--timeline '.*': .*there is no such folder/],
    [['--json', 'x.y', '--html', 'x.y'], /--html '.*x.y': --json names this file too/],
    [['--only', 'fake/a,nothing'], /--only 'nothing': no scenario matches/],
    [['--trace', '/no/such/trace'], /--trace '\/no\/such\/trace': expected a file that exists/],
    [['--trace', os.tmpdir()], /--trace .*this is none/],
    [['--only', ' , '], /--only ' , '/],
    [['--only', 'nothing'], /--only 'nothing': no scenario matches; there are\n {2}fake\/a\n/],
    [['--sweep', 'detph=1,2'], /--sweep 'detph=1,2': .* did you mean 'depth'\?/],
    [['--quick', '--all'], /--quick and --all: expected one of them/],
    [['--all', '--depth', '8'], /--all and a workload of your own: expected one of them/],
    [['--all', '--only', 'fake/a'], /--all and --only 'fake\/a': expected one of them/],
    [['--stack', '33'], /--stack '33': expected a whole number from 1 to 32/],
    [['--compare', '/no/such.json'], /--compare '\/no\/such.json': expected a file that exists/],
    [['--compare', 'package.json'], /--compare '.*package.json': expected the JSON of a run/],
    [['--fail-below', '5%'], /--fail-below '5%': there is nothing to --compare with/],
    [['--max-p99', '5'], /--max-p99 '5': expected a time such as 200us/],
    [['--html', '/no/such/folder/x.html'], /--html '\/no\/such\/folder\/x.html'/],
    [['--markdown', os.tmpdir()], /--markdown .*this is a folder/],
    [['--quick=yes'], /--quick 'yes': this option takes no value/],
    [['fake/a'], /unexpected 'fake\/a'/],
  ])('answers %j with exit code 2, before anything runs', async (argv, message) => {
    const { code, stdout, stderr, requests } = await bench(argv)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^irpool bench: /)
    expect(stderr).toMatch(/\nTry 'irpool bench --help'\.\n$/)
    expect(stdout).toBe('')
    expect(requests).toEqual([])
  })
})
