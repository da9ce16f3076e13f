// The real nginx before the program, with the configuration that is shipped with it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NGINX = process.env.NGINX ?? "/usr/sbin/nginx";
const SHIPPED = join(import.meta.dirname, "../../deploy");

/** What stands in the shipped files and is another thing here. */
type Place = { upstream: string; takenOff?: boolean };

/** A proxy that speaks HTTP/2 over TLS, with a certificate nobody knows. */
export class Nginx {
  private constructor(
    private child: ChildProcess,
    private folder: string,
    readonly url: string,
  ) {}

  /** With a host of its own: `deploy/nginx.conf`. */
  static own(place: Place): Promise<Nginx> {
    return Nginx.start(place, async () => read("nginx.conf"));
  }

  /** Below /skein of a host that has other things: `deploy/nginx-path.conf`. */
  static below(place: Place): Promise<Nginx> {
    return Nginx.start(place, async () => {
      const [own, path] = [await read("nginx.conf"), await read("nginx-path.conf")];
      const other = /location \/ \{[^}]*\}/;
      if (!other.test(own)) throw new Error("deploy/nginx.conf has no location / any more");
      return own.replace(other, () => `location / { return 404 "somebody else's"; }\n${path}`);
    });
  }

  private static async start(place: Place, site: () => Promise<string>): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), "skein-nginx-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
    const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate];
    execFileSync("openssl", [...request.split(" "), ...names], { stdio: "ignore" });
    const port = await freePort();
    const upstream = place.takenOff ? `${place.upstream}/` : place.upstream;
    const text = replaced(await site(), [
      [/listen 443 /g, `listen 127.0.0.1:${port} `],
      [/server_name [^;]*/g, "server_name localhost"],
      [/ssl_certificate [^;]*/g, `ssl_certificate ${certificate}`],
      [/ssl_certificate_key [^;]*/g, `ssl_certificate_key ${key}`],
      [/http:\/\/127\.0\.0\.1:3000/g, upstream],
    ]);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
    // What a distribution has around it, and the time limit of a minute made two seconds long.
    const whole = `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
      events {}
      http { access_log off; ${temporary.join(" ")} proxy_read_timeout 2s; ${text} }`;
    await writeFile(join(folder, "nginx.conf"), whole);
    const child = spawn(NGINX, ["-e", "stderr", "-c", join(folder, "nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr!.on("data", (data: Buffer) => (said += data.toString()));
    child.once("error", (error) => (said += String(error)));
    while (!(await answers(port))) {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`nginx did not start: ${said}`);
    }
    return new Nginx(child, folder, `https://localhost:${port}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

function read(name: string): Promise<string> {
  return readFile(join(SHIPPED, name), "utf8");
}

/** Each of these must be there: what the test replaces is what the file really says. */
function replaced(text: string, changes: [RegExp, string][]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.match(from)) throw new Error(`${from} is not in the configuration`);
    return text.replace(from, () => to);
  }, text);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => setTimeout(resolve, 20, false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.end());
  });
}
