// One file, no relative imports: jest loads globalSetup outside its resolver, so moduleNameMapper does not apply.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export interface Binary {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly from: 'path' | 'cache' | 'debian-rootless' | 'apt-root';
}
export interface Server {
  readonly port: number;
  readonly url: string;
  /** The server's own process, not the shell around it. */
  readonly pid: number;
  /** Makes it mute: connections stay open, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Ends it as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}
export interface Cluster {
  readonly urls: string[];
  /** The masters. */
  readonly nodes: readonly Server[];
  /** The replica of each master, where there are any. */
  readonly replicas: readonly Server[];
  stop(): Promise<void>;
}

const CACHE = resolve(process.cwd(), 'node_modules/.cache/redis-server');
const NAMES = ['redis-server', 'valkey-server'];

function onPath(): string | undefined {
  for (const dir of (process.env.PATH ?? '').split(delimiter))
    for (const n of NAMES) if (dir && existsSync(join(dir, n))) return join(dir, n);
  return undefined;
}

function cached(): Binary | undefined {
  const file = join(CACHE, 'root/usr/bin/redis-server');
  if (!existsSync(file)) return undefined;
  const lib = join(CACHE, 'root/usr/lib');
  const dirs = [lib, ...readdirSync(lib).map((d) => join(lib, d))];
  return { file, from: 'cache', env: { ...process.env, LD_LIBRARY_PATH: dirs.join(':') } };
}

/** Debian/Ubuntu, no root: private apt lists, download .debs, unpack. `redis-tools` holds the server's binary. */
function debianRootless(): Binary | undefined {
  const tmp = `${CACHE}.tmp-${process.pid}`;
  try {
    for (const d of ['lists/partial', 'archives/partial', 'root'])
      mkdirSync(join(tmp, d), { recursive: true });
    const opts = [
      '-o',
      `Dir::State::lists=${tmp}/lists`,
      '-o',
      `Dir::Cache=${tmp}`,
      '-o',
      `Dir::Cache::archives=${tmp}/archives`,
      '-o',
      'APT::Sandbox::User=',
      '-o',
      'Debug::NoLocking=1',
    ];
    const run = (cmd: string, args: string[]): void => {
      execFileSync(cmd, args, { cwd: join(tmp, 'archives'), stdio: 'pipe', timeout: 120_000 });
    };
    run('apt-get', [...opts, '-qq', 'update']);
    run('apt-get', [...opts, '-qq', 'download', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1']);
    for (const deb of readdirSync(join(tmp, 'archives')).filter((f) => f.endsWith('.deb')))
      run('dpkg', ['-x', join(tmp, 'archives', deb), join(tmp, 'root')]);
    const server = join(tmp, 'root/usr/bin/redis-server');
    if (!existsSync(server)) symlinkSync('redis-check-rdb', server); // one multi-call binary, chosen by argv[0]
    rmSync(join(tmp, 'lists'), { recursive: true, force: true });
    rmSync(CACHE, { recursive: true, force: true });
    renameSync(tmp, CACHE);
    const b = cached();
    return b && { ...b, from: 'debian-rootless' };
  } catch (e) {
    rmSync(tmp, { recursive: true, force: true });
    console.warn(`redis: rootless Debian download failed: ${(e as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

function aptRoot(): Binary | undefined {
  if (process.getuid?.() !== 0 || process.env.KEEPSAKE_APT_INSTALL !== '1') return undefined;
  execFileSync('apt-get', ['-qq', 'update'], { stdio: 'pipe' });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
    stdio: 'pipe',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  const file = onPath();
  return file ? { file, from: 'apt-root', env: process.env } : undefined;
}

export function resolveRedisBinary(): Binary {
  const p = onPath();
  if (p) return { file: p, from: 'path', env: process.env };
  const b = cached() ?? debianRootless() ?? aptRoot();
  if (b) return b;
  throw new Error('No redis-server: set REDIS_URL, or put redis-server/valkey-server on PATH.');
}

function freePort(): Promise<number> {
  return new Promise((ok, fail) => {
    const s = createServer().once('error', fail);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => ok(port));
    });
  });
}

/** Starts a server on `fixedPort`, or on a free one. */
export async function startRedis(bin: Binary, extra: string[] = [], fixedPort?: number): Promise<Server> {
  const common = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  return launch(bin, fixedPort, /Ready to accept connections/, (port, dir) => [
    ...['--port', String(port), '--dir', dir],
    ...common,
    ...extra,
  ]);
}

/** Starts a process that listens on `fixedPort`, or on a free port, and has said `ready`; its directory goes with it. */
async function launch(
  bin: Binary,
  fixedPort: number | undefined,
  ready: RegExp,
  argsOf: (port: number, dir: string) => string[],
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await freePort());
    const dir = mkdtempSync(join(tmpdir(), 'keepsake-redis-'));
    // The shell waits on stdin: if jest dies (even SIGKILL) the pipe closes and the server goes with it. By KILL, since
    // a frozen server would keep any other signal pending.
    const child: ChildProcess = spawn(
      'sh',
      ['-c', '"$@" & p=$!; echo "pid $p"; read _; kill -9 $p; wait $p', 'sh', bin.file, ...argsOf(port, dir)],
      {
        env: bin.env,
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let log = '';
    const started = await new Promise<boolean>((ok) => {
      const onData = (d: Buffer): void => {
        log += d.toString();
        if (ready.test(log)) ok(true);
        else if (/Failed listening|Address already in use|error while loading|not found|Fatal/i.test(log))
          ok(false);
      };
      child.stdout?.on('data', onData);
      child.stderr?.on('data', onData);
      child.once('exit', () => ok(false));
      setTimeout(() => ok(false), 10_000).unref();
    });
    const stop = async (): Promise<void> => {
      const gone =
        child.exitCode !== null
          ? Promise.resolve()
          : new Promise<void>((ok) => child.once('exit', () => ok()));
      child.stdin?.end();
      await gone;
      rmSync(dir, { recursive: true, force: true });
    };
    if (started) {
      const pid = Number(/^pid (\d+)$/m.exec(log)?.[1]);
      return {
        port,
        url: `redis://127.0.0.1:${port}`,
        pid,
        freeze: () => void process.kill(pid, 'SIGSTOP'),
        thaw: () => void process.kill(pid, 'SIGCONT'),
        kill: stop,
        stop,
      };
    }
    await stop();
    if (attempt === 3) throw new Error(`redis-server did not start (${bin.file}):\n${log.slice(-800)}`);
  }
}

/** A master with two replicas, watched by three sentinels under the name `keepsake`. */
export interface SentinelGroup {
  readonly name: string;
  readonly sentinelRootNodes: { readonly host: string; readonly port: number }[];
  readonly master: Server;
  readonly replicas: readonly Server[];
  readonly sentinels: readonly Server[];
  /** The port of the master that most sentinels name. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a group that promotes a replica about two seconds after its master fell silent. */
export async function startSentinel(bin: Binary): Promise<SentinelGroup> {
  const started: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const keep = async (starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const own = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
    const master = await keep(startRedis(bin, own));
    const replicaArgs = [...own, '--replicaof', '127.0.0.1', String(master.port)];
    const replicas = await Promise.all([1, 2].map(() => keep(startRedis(bin, replicaArgs))));
    await converged(
      async () => (await send(master.port, 'INFO replication')).split('state=online').length === 3,
    );
    const sentinels = await Promise.all([1, 2, 3].map(() => keep(startOneSentinel(bin, master.port))));
    await haste(sentinels, 200);
    await converged(async () => {
      const views = await Promise.all(sentinels.map(({ port }) => send(port, 'SENTINEL MASTER keepsake')));
      return views.every((view) =>
        /num-slaves\r\n\$1\r\n2\r\n\$\d+\r\nnum-other-sentinels\r\n\$1\r\n2\r\n/.test(view),
      );
    });
    await haste(sentinels, 2000);
    const masterPort = (): Promise<number> => mostNamed(sentinels);
    const sentinelRootNodes = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    return { name: 'keepsake', sentinelRootNodes, master, replicas, sentinels, masterPort, stop };
  } catch (e) {
    await stop();
    throw e;
  }
}

function startOneSentinel(bin: Binary, masterPort: number): Promise<Server> {
  return launch(bin, undefined, /\+monitor master/, (port, dir) => {
    const file = join(dir, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor keepsake 127.0.0.1 ${masterPort} 2`,
      'sentinel down-after-milliseconds keepsake 500',
      'sentinel failover-timeout keepsake 1500',
      'sentinel parallel-syncs keepsake 2',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`); // sentinel rewrites it
    return [file, '--sentinel'];
  });
}

/**
 * Has the sentinels look at the servers and tell of themselves every `period` ms. They also ask for votes more often than
 * once a second, or the votes are split on a busy machine. Only Redis from 7 on has this; the others take their time.
 */
async function haste(sentinels: readonly Server[], period: number): Promise<void> {
  // Not the pings: five of them are as long as a sentinel takes what it knows of a replica for true.
  const line = `SENTINEL DEBUG info-period ${period} publish-period ${period} ask-period 100`;
  await Promise.all(sentinels.map(({ port }) => send(port, line).catch(() => {})));
}

async function mostNamed(sentinels: readonly Server[]): Promise<number> {
  const replies = await Promise.allSettled(
    sentinels.map(({ port }) => send(port, 'SENTINEL GET-MASTER-ADDR-BY-NAME keepsake')),
  );
  const ports = replies.flatMap((reply) =>
    reply.status === 'fulfilled' ? [Number(reply.value.trim().split('\r\n').pop())] : [],
  );
  const named = (port: number): number => ports.filter((other) => other === port).length;
  return ports.sort((a, b) => named(b) - named(a))[0] ?? 0;
}

async function converged(probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`did not converge within 20 s: ${probe.toString()}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

/** One inline RESP command, one reply chunk: enough for the admin commands of a cluster and of sentinels. */
function send(port: number, line: string): Promise<string> {
  return new Promise((ok, fail) => {
    const s = connect(port, '127.0.0.1', () => s.write(`${line}\r\n`));
    s.once('data', (d) => {
      s.end();
      const t = d.toString();
      if (t.startsWith('-')) fail(new Error(`${line}: ${t.trim()}`));
      else ok(t);
    }).once('error', fail);
  });
}

/** How a cluster is made. */
export interface ClusterShape {
  /** Whether every master has a replica. @default false */
  readonly replicas?: boolean;
  /** ms of silence after which a node counts as failed. @default 2000 */
  readonly nodeTimeout?: number;
  /** Further arguments of every node. */
  readonly args?: readonly string[];
}

interface ClusterNode {
  readonly s: Server;
  readonly bus: number;
}

export async function startCluster(bin: Binary, n = 3, shape: ClusterShape = {}): Promise<Cluster> {
  const all = await Promise.all(
    Array.from({ length: shape.replicas ? 2 * n : n }, () => startNode(bin, shape)),
  );
  const [nodes, replicas] = [all.slice(0, n), all.slice(n)];
  const stop = async (): Promise<void> => {
    await Promise.all(all.map(({ s }) => s.stop()));
  };
  try {
    await Promise.all(
      nodes.map(async ({ s }, i) => {
        await send(s.port, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
        await send(
          s.port,
          `CLUSTER ADDSLOTSRANGE ${Math.ceil((16384 / n) * i)} ${Math.ceil((16384 / n) * (i + 1)) - 1}`,
        );
        for (const o of all) if (o.s !== s) await send(s.port, `CLUSTER MEET 127.0.0.1 ${o.s.port} ${o.bus}`);
      }),
    );
    await converged(async () => {
      const infos = await Promise.all(all.map(({ s }) => send(s.port, 'CLUSTER INFO')));
      return infos.every(
        (t) => t.includes('cluster_state:ok') && t.includes(`cluster_known_nodes:${all.length}`),
      );
    });
    await Promise.all(replicas.map(({ s }, i) => follow(s, nodes[i] as ClusterNode)));
    if (replicas.length > 0)
      await converged(() =>
        allFollow(
          all.map(({ s }) => s),
          n,
        ),
      );
    return {
      urls: all.map(({ s }) => s.url),
      nodes: nodes.map(({ s }) => s),
      replicas: replicas.map(({ s }) => s),
      stop,
    };
  } catch (e) {
    await stop();
    throw e;
  }
}

async function startNode(bin: Binary, { nodeTimeout = 2000, args = [] }: ClusterShape): Promise<ClusterNode> {
  const bus = await freePort(); // default is port + 10000, which overflows 65535 for ephemeral ports
  const s = await startRedis(bin, [
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    String(bus),
    '--cluster-node-timeout',
    String(nodeTimeout),
    '--cluster-config-file',
    'nodes.conf',
    '--repl-diskless-sync-delay',
    '0',
    ...args,
  ]);
  return { s, bus };
}

async function follow(replica: Server, { s: master }: ClusterNode): Promise<void> {
  const id = (await send(master.port, 'CLUSTER MYID')).split('\r\n')[1];
  await send(replica.port, `CLUSTER REPLICATE ${id}`);
  await converged(async () =>
    (await send(replica.port, 'INFO replication')).includes('master_link_status:up'),
  );
}

/** Whether every node knows that the last of them are replicas, each of a master of its own. */
async function allFollow(nodes: readonly Server[], masters: number): Promise<boolean> {
  const views = await Promise.all(nodes.map(({ port }) => send(port, 'CLUSTER NODES')));
  return views.every((view) => view.split('slave ').length - 1 === nodes.length - masters);
}

const FROM: Readonly<Record<Binary['from'], string>> = {
  path: 'found on PATH',
  cache: 'cached by an earlier run',
  'debian-rootless': "provisioned from Debian's packages, without root",
  'apt-root': 'installed by apt',
};

/** REDIS_URL / REDIS_CLUSTER_URLS (comma separated) if set, else a private server and cluster for this run. */
export default async function setup(): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  (globalThis as { __keepsakeRedis?: typeof stops }).__keepsakeRedis = stops;
  if (process.env.REDIS_URL && process.env.REDIS_CLUSTER_URLS) {
    console.error('redis: the servers of REDIS_URL and REDIS_CLUSTER_URLS');
    return;
  }
  const t0 = Date.now();
  const bin = resolveRedisBinary();
  const t1 = Date.now();
  const [single, cluster] = await Promise.all([
    process.env.REDIS_URL ? undefined : startRedis(bin),
    process.env.REDIS_CLUSTER_URLS ? undefined : startCluster(bin),
  ]);
  if (single) {
    stops.push(() => single.stop());
    process.env.REDIS_URL = single.url; // workers inherit the environment
  }
  if (cluster) {
    stops.push(() => cluster.stop());
    process.env.REDIS_CLUSTER_URLS = cluster.urls.join(',');
  }
  const times = `binary ${t1 - t0} ms, servers ${Date.now() - t1} ms`;
  console.error(`redis: ${bin.file}, ${FROM[bin.from]} (${times})`);
}
