//! Programs that are measured: started, watched, ended.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// A program of ours. Ends with this value.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    /// Held open: who prints to a closed one dies of it.
    _output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts a program and waits for the address it prints. What it logs goes to `log`.
    pub fn start(program: &Path, arguments: &[&str], variables: &[(&str, &str)], log: &Path) -> Result<Self> {
        let mut child = Self::spawn(program, arguments, variables, log)?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some((_, rest)) = line.split_once(" at http://") {
                let address = rest.split(['/', ' ', '\n']).next().unwrap_or_default().parse()?;
                return Ok(Self { child, address, _output: output });
            }
            line.clear();
        }
        bail!("{} {arguments:?} did not start: see {}", program.display(), log.display())
    }

    /// Starts a program that says nothing, and waits until it answers where it was told to.
    pub fn silent(
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        log: &Path,
        address: SocketAddr,
    ) -> Result<Self> {
        let mut child = Self::spawn(program, arguments, variables, log)?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let running = Self { child, address, _output: output };
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                return Ok(running);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("{} did not start: see {}", program.display(), log.display())
    }

    /// Starts the server at `port` (0 takes a free one), with nothing of this machine's own configuration.
    pub fn server(program: &Path, data: &Path, port: u16, provider: Option<&str>) -> Result<Self> {
        let provider: Vec<_> = provider.map(|url| ("OPENAI_API_BASE_URL", url)).into_iter().collect();
        Self::server_with(program, data, port, &provider)
    }

    /// The same, with settings.
    pub fn server_with(program: &Path, data: &Path, port: u16, settings: &[(&str, &str)]) -> Result<Self> {
        let (port, data_dir, log) = (port.to_string(), data.display().to_string(), data.with_extension("log"));
        let mut variables = vec![("DATA_DIR", data_dir.as_str()), ("SKEIN_NO_PROBE", "true")];
        variables.extend(settings);
        Self::start(program, &["serve", "--host", "127.0.0.1", "--port", &port], &variables, &log)
    }

    fn spawn(program: &Path, arguments: &[&str], variables: &[(&str, &str)], log: &Path) -> Result<Child> {
        let home = log.parent().unwrap_or(log);
        Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", home)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(log)?)
            .spawn()
            .with_context(|| program.display().to_string())
    }

    fn status(&self, name: &str) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
    }

    /// Memory it holds now, in MB; none where the system does not tell.
    pub fn memory(&self) -> Option<f64> {
        Some(self.status("VmRSS:")? * 1024.0 / 1e6)
    }

    /// Files and connections it has open.
    pub fn files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.child.id())).ok()?.count())
    }

    /// Microseconds of processor it has used so far, all its threads together; none where the system does not tell.
    pub fn cpu(&self) -> Option<f64> {
        cpu(&self.child.id().to_string())
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        // The standard library can only kill; the polite way is the shell's.
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let start = Instant::now();
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > Duration::from_secs(20) {
                bail!("the server does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

/// Microseconds of processor a process has used so far, by its id or as `self`; those of threads that ended are not in it.
pub fn cpu(process: &str) -> Option<f64> {
    let mut nanos = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanos += text.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(nanos / 1000.0)
}

/// An address that was free a moment ago.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
