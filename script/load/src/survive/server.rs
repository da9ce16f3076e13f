//! The program, started to be ended in every way.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// How it is started.
#[derive(Clone, Debug)]
pub struct Start {
    pub program: PathBuf,
    pub data: PathBuf,
    /// What it logs goes there, in all its lives.
    pub log: PathBuf,
    /// 0 takes a free one.
    pub port: u16,
    /// The model's server, with /v1.
    pub provider: String,
    pub grace: u32,
    /// What stands before the program on its command line.
    pub through: Vec<String>,
}

/// A server. Killed with this value.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    _output: BufReader<ChildStdout>,
}

impl Start {
    pub fn new(program: &Path, data: &Path, provider: &str) -> Self {
        let (program, data, provider) = (program.to_owned(), data.to_owned(), provider.to_owned());
        Self { program, log: data.with_extension("log"), data, port: 0, provider, grace: 10, through: Vec::new() }
    }

    /// What it logged, in all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn command(&self) -> Result<Command> {
        let mut line = self.through.iter().map(String::as_str);
        let program = self.program.display().to_string();
        let mut command = match line.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(line).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command
            .args(["serve", "--host", "127.0.0.1", "--port", &self.port.to_string()])
            .env_clear()
            // An answer larger than a disk is one of the faults.
            .env("SKEIN_MAX_ANSWER", (64 << 20).to_string())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.log.parent().unwrap_or(&self.log))
            .env("DATA_DIR", &self.data)
            .env("SKEIN_NO_PROBE", "true")
            .env("SKEIN_GRACE", self.grace.to_string())
            .env("SKEIN_SENDS_PER_MINUTE", "100000")
            .env("OPENAI_API_BASE_URL", &self.provider)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&self.log)?);
        // Where the site is not in the program: a build to develop with reads it from its folder.
        command.envs(std::env::var_os("SKEIN_SITE").map(|site| ("SKEIN_SITE", site)));
        Ok(command)
    }

    /// Starts it and waits for its address.
    pub fn server(&self) -> Result<Server> {
        let mut child = self.command()?.spawn().with_context(|| self.program.display().to_string())?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some((_, rest)) = line.split_once(" at http://") {
                let address = rest.split(['/', ' ', '\n']).next().unwrap_or_default().parse()?;
                return Ok(Server { address, child, _output: output });
            }
            line.clear();
        }
        let status = child.wait()?;
        bail!("the server did not start ({status}): {}", self.log());
    }

    /// Starts it where it cannot work: how it ended, and what it said. An error where it is still there after `limit`.
    pub fn refusal(&self, limit: Duration) -> Result<(ExitStatus, String)> {
        let _ = fs::remove_file(&self.log);
        let mut child = self.command()?.spawn()?;
        let status = ended(&mut child, limit);
        let _ = child.kill();
        Ok((status?, self.log()))
    }
}

impl Server {
    /// `kill -9`.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop.
    pub fn terminate(&self) -> Result<()> {
        // The standard library can only kill; the polite way is the shell's.
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        anyhow::ensure!(sent.success(), "kill -TERM: {sent}");
        Ok(())
    }

    /// Waits until it has ended, and tells how; an error where that takes longer than `limit`.
    pub async fn ended(mut self, limit: Duration) -> Result<ExitStatus> {
        tokio::task::spawn_blocking(move || ended(&mut self.child, limit)).await?
    }
}

fn ended(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            bail!("it is still there after {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
