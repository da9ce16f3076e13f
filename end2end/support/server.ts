// Starts the real program, each time with a data folder of its own on a free port.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BIN = process.env.SKEIN_BIN ?? "skein";

/** A program of ours that runs until it is stopped. */
class Running {
  constructor(
    private child: ChildProcess,
    readonly url: string,
  ) {}

  /** Ends the process and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill(signal);
    await gone;
  }
}

/** Starts the program and waits for the address it prints. */
function run(args: string[], env: Record<string, string>): Promise<Running> {
  const child = spawn(BIN, args, {
    // Nothing of the machine's own configuration: the test says what there is.
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  child.stderr!.on("data", (data: Buffer) => {
    log.push(data.toString());
    if (log.length > 200) log.shift();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${BIN} ${args.join(" ")} ended with ${code}:\n${log.join("")}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const address = / at (http:\S+)/.exec(line)?.[1];
      if (address) resolve(new Running(child, address));
    });
  });
}

/** A scripted OpenAI-compatible server: the program's own `demo`, steered by its gates. */
export class Provider {
  private constructor(private running: Running) {}

  static async start(): Promise<Provider> {
    return new Provider(await run(["demo", "--port", "0", "--pace", "2", "--control"], {}));
  }

  /** With /v1. */
  get url(): string {
    return this.running.url;
  }

  private async control(method: string, path: string): Promise<Response> {
    const response = await fetch(new URL(`/control/${path}`, this.url), { method });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response;
  }

  /** Lets a script that waits at this gate go on by so many steps. */
  async release(gate: string, steps = 1): Promise<void> {
    for (let step = 0; step < steps; step++) await this.control("POST", `release/${gate}`);
  }

  /** Waits until a script has come to this gate for the nth time. */
  async reached(gate: string, times = 1): Promise<void> {
    await this.control("GET", `reached/${gate}/${times}`);
  }

  /** What became of the requests. */
  async counts(): Promise<{ open: number; aborted: number; finished: number }> {
    return (await this.control("GET", "open")).json();
  }

  stop(): Promise<void> {
    return this.running.stop("SIGKILL");
  }
}

/** The server, with its data folder. */
export class Server {
  private constructor(
    private running: Running,
    private folder: string,
    private env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "skein-e2e-"));
    return new Server(await Server.run(folder, "0", env), folder, env);
  }

  private static run(folder: string, port: string, env: Record<string, string>): Promise<Running> {
    return run(["serve", "--host", "127.0.0.1", "--port", port], { DATA_DIR: folder, SKEIN_NO_PROBE: "true", ...env });
  }

  get url(): string {
    return this.running.url;
  }

  /** Ends the process and starts it again with the same data, at the same address. */
  async restart(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const port = new URL(this.url).port;
    await this.running.stop(signal);
    this.running = await Server.run(this.folder, port, this.env);
  }

  async halt(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.running.stop(signal);
  }

  async stop(): Promise<void> {
    await this.running.stop("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}
