//! Every setting of the program: one struct is its flags, its variables, their defaults and what `--help` says of them.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, builder::Resettable};

use super::auth::proxy::Network;
use crate::model::{AuthMode, Base, Language};

/// A self-hosted AI chat: a web interface in front of OpenAI-compatible models.
#[derive(Parser, Debug)]
#[command(name = "skein", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Settings,
}

impl Cli {
    /// Reads the program's arguments and variables, or ends it with what is wrong with them. A variable that is set but
    /// empty is not set: that is how a service's file or a container leaves one out.
    pub fn read() -> Self {
        let matches = without_empty(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut Self::command()).exit())
    }
}

/// The command with no trace of variables that are empty.
fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command.mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg }).mut_subcommands(without_empty)
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start the server (also what happens without a command)
    Serve(Box<Settings>),
    /// Start a scripted OpenAI-compatible server: no model, but real streams, to try a client against
    Demo(DemoSettings),
}

#[derive(Args, Clone, Debug)]
pub struct DemoSettings {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 11435)]
    pub port: u16,
    /// Milliseconds between two tokens [default: 15 to 30, as a model would]
    #[arg(long)]
    pub pace: Option<u64>,
    /// Let whoever reaches it steer it (/control/…): for tests
    #[arg(long)]
    pub control: bool,
}

/// What `skein serve` can be told. A flag wins over its variable, a variable over the default.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// The address to listen on [default: 0.0.0.0, or 127.0.0.1 with --auth none]
    #[arg(long, env = "HOST", help_heading = "Server")]
    pub host: Option<IpAddr>,
    /// The port to listen on; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 3000, help_heading = "Server")]
    pub port: u16,
    /// The addresses people type to get here, where they differ from the Host header (behind a proxy); `;`-separated
    #[arg(long, env = "WEBUI_URL", value_delimiter = ';', help_heading = "Server")]
    pub public_url: Vec<String>,
    /// The proxies before it, by address or network (10.0.0.0/8), `,`-separated: who came is then read from the
    /// X-Forwarded-For or Forwarded header that they add, so that attempts to sign in are counted by person
    #[arg(long, env = "SKEIN_TRUSTED_PROXIES", value_delimiter = ',', help_heading = "Server")]
    pub trusted_proxies: Vec<Network>,
    /// The path below which a proxy serves it, such as /skein; the proxy may leave it there or take it off
    #[arg(long, env = "SKEIN_BASE_PATH", default_value = "", hide_default_value = true, help_heading = "Server")]
    pub base_path: Base,
    /// Cookies only travel over HTTPS: for servers that are reached over HTTPS alone
    #[arg(long, env = "WEBUI_SESSION_COOKIE_SECURE", default_value_t = false, help_heading = "Server")]
    pub secure_cookies: bool,

    /// The folder everything is kept in [default: $XDG_DATA_HOME/skein or ~/.local/share/skein]
    #[arg(long, env = "DATA_DIR", help_heading = "Data")]
    pub data_dir: Option<PathBuf>,
    /// sqlite:// or postgres:// URL [default: a file in the data folder]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, help_heading = "Data")]
    pub database_url: Option<String>,

    /// The name of this server where several share one PostgreSQL database; each needs its own, and keeps it
    #[arg(long, env = "SKEIN_NODE", default_value = "", hide_default_value = true, help_heading = "Data")]
    pub node: String,

    /// How people are told apart: `password`, or `none` for one local person on a loopback address
    #[arg(long, env = "WEBUI_AUTH", value_enum, default_value_t = Auth::Password, help_heading = "People")]
    pub auth: Auth,
    /// Anybody may make an account (the first one is always allowed, and is the administrator)
    #[arg(long, env = "ENABLE_SIGNUP", default_value_t = false, help_heading = "People")]
    pub enable_signup: bool,
    /// The language of all pages, `en` or `de`; nobody can then choose their own [default: what each browser asks for]
    #[arg(long, env = "DEFAULT_LOCALE", value_parser = language, help_heading = "People")]
    pub locale: Option<Language>,

    /// Base URL of an OpenAI-compatible server, with /v1; several are `;`-separated
    #[arg(long, env = "OPENAI_API_BASE_URL", help_heading = "Models")]
    pub openai_api_base_url: Option<String>,
    /// The same, by the name that other programs use for several
    #[arg(long, env = "OPENAI_API_BASE_URLS", help_heading = "Models", hide = true)]
    pub openai_api_base_urls: Option<String>,
    /// The same, by the name that the OpenAI libraries use
    #[arg(long, env = "OPENAI_BASE_URL", help_heading = "Models", hide = true)]
    pub openai_base_url: Option<String>,
    /// The key for it; several are `;`-separated, in the order of the URLs
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true, help_heading = "Models")]
    pub openai_api_key: Option<String>,
    /// The same, by the name that other programs use for several
    #[arg(long, env = "OPENAI_API_KEYS", hide_env_values = true, help_heading = "Models", hide = true)]
    pub openai_api_keys: Option<String>,
    /// Base URL of an Ollama server, without /v1
    #[arg(long, env = "OLLAMA_BASE_URL", help_heading = "Models")]
    pub ollama_base_url: Option<String>,
    /// The model of a new thread; nobody can then choose their own default [default: the first one found]
    #[arg(long, env = "DEFAULT_MODELS", help_heading = "Models")]
    pub default_model: Option<String>,
    /// What every model is told first; nobody can then choose their own
    #[arg(long, env = "DEFAULT_SYSTEM_PROMPT", help_heading = "Models")]
    pub system_prompt: Option<String>,
    /// Do not look for servers on this machine (Ollama, llama.cpp, LM Studio, vLLM) when none is configured
    #[arg(long, env = "SKEIN_NO_PROBE", default_value_t = false, help_heading = "Models")]
    pub no_probe: bool,
    /// Do not offer the built-in demo model, which is a script and no model
    #[arg(long, env = "SKEIN_NO_DEMO", default_value_t = false, help_heading = "Models")]
    pub no_demo: bool,
    /// Seconds a model's server may say nothing before its answer counts as failed; a slow prompt is not a dead server
    #[arg(long, env = "SKEIN_IDLE_TIMEOUT", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=31_536_000), help_heading = "Models")]
    pub idle_timeout: u64,
    /// Seconds between the signs of life on a page's open connection, and between looks at whether its session still holds
    #[arg(long, env = "SKEIN_HEARTBEAT", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=31_536_000), help_heading = "Server")]
    pub heartbeat: u64,
    /// Seconds that answers under way get to end by themselves when the server is told to stop; no new ones are begun
    #[arg(long, env = "SKEIN_GRACE", default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=3600), help_heading = "Server")]
    pub grace: u32,
    /// How many tabs of one browser are sent events at once; further ones ask for them every second. Browsers allow six
    /// connections to a host over HTTP/1.1, over HTTP/2 a hundred
    #[arg(long, env = "SKEIN_STREAMS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Server")]
    pub streams: u32,
    /// How many pages may be sent events at the same time in all; further ones are told to come back
    #[arg(long, env = "SKEIN_MAX_STREAMS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub max_streams: u32,
    /// The longest message, in bytes
    #[arg(long, env = "SKEIN_MAX_MESSAGE", default_value_t = 256 * 1024, help_heading = "Limits")]
    pub max_message: u32,
    /// How many messages one person may send in a minute, all at once or one by one
    #[arg(long, env = "SKEIN_SENDS_PER_MINUTE", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub sends_per_minute: u32,
    /// How many answers may be written for one person at the same time
    #[arg(long, env = "SKEIN_RUNS_PER_PERSON", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub runs_per_person: u32,
    /// How many answers may be written at the same time in all
    #[arg(long, env = "SKEIN_MAX_RUNS", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub max_runs: u32,
    /// How many messages may wait in a thread while an answer is being written there
    #[arg(long, env = "SKEIN_MAX_QUEUE", default_value_t = 20, value_parser = clap::value_parser!(u32).range(..=1000), help_heading = "Limits")]
    pub max_queue: u32,
    /// The longest answer, in bytes, with what the model thought before it; a model that does not stop is stopped there
    #[arg(long, env = "SKEIN_MAX_ANSWER", default_value_t = 4 * 1024 * 1024, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub max_answer: u32,
    /// Memory for what open pages may still have to catch up on, in MB; a page that is too far behind loads itself anew
    #[arg(long, env = "SKEIN_LOG_MEMORY", default_value_t = 256, value_parser = clap::value_parser!(u32).range(..=1_000_000), help_heading = "Limits")]
    pub log_memory: u32,
    /// Seconds a model's server that is too busy (429) is asked again for before its answer counts as failed; 0 asks once
    #[arg(long, env = "SKEIN_BUSY_WAIT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=86_400), help_heading = "Models")]
    pub busy_wait: u64,
    /// What a Bearer token must be to read /metrics, at least 16 characters; without one there is no such page
    #[arg(long, env = "SKEIN_METRICS_TOKEN", hide_env_values = true, value_parser = metrics_token, help_heading = "Watching")]
    pub metrics_token: Option<String>,
    /// How the log on standard error is written: `text`, or `json`, one object a line
    #[arg(long, env = "SKEIN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, help_heading = "Watching")]
    pub log_format: LogFormat,
    /// How many earlier messages a model is sent at the most
    #[arg(long, env = "SKEIN_HISTORY", default_value_t = 200, help_heading = "Limits")]
    pub history: u32,
}

/// A language by its tag.
fn language(tag: &str) -> Result<Language, String> {
    Language::from_tag(tag).ok_or_else(|| format!("there are {}", Language::ALL.map(Language::tag).join(", ")))
}

/// A token that nobody guesses.
fn metrics_token(text: &str) -> Result<String, String> {
    match text.is_empty() || text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("at least 16 characters, none of them a space: try `openssl rand -hex 32`".to_owned()),
    }
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Auth {
    #[value(aliases = ["false", "False"])]
    None,
    #[value(aliases = ["true", "True"])]
    Password,
}

impl From<Auth> for AuthMode {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::None => Self::None,
            Auth::Password => Self::Password,
        }
    }
}

/// A setting that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    #[error(
        "--auth none serves everybody who can reach it, so it only listens on a loopback address, not on {0}: use --host 127.0.0.1, or --auth password"
    )]
    OpenToAll(IpAddr),
    #[error("there is no home folder to keep data in: set DATA_DIR")]
    NoHome,
}

impl Settings {
    /// Where to listen.
    pub fn address(&self) -> Result<IpAddr, BadSetting> {
        match (self.auth, self.host) {
            (Auth::None, Some(host)) if !host.to_canonical().is_loopback() => Err(BadSetting::OpenToAll(host)),
            (Auth::None, None) => Ok(IpAddr::from([127, 0, 0, 1])),
            (_, Some(host)) => Ok(host),
            (Auth::Password, None) => Ok(IpAddr::from([0, 0, 0, 0])),
        }
    }

    pub fn data_dir(&self) -> Result<PathBuf, BadSetting> {
        if let Some(folder) = &self.data_dir {
            return Ok(folder.clone());
        }
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("XDG_DATA_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .map(|folder| folder.join("skein"))
            .ok_or(BadSetting::NoHome)
    }

    pub fn database_url(&self) -> Result<String, BadSetting> {
        match &self.database_url {
            Some(url) => Ok(url.clone()),
            None => Ok(format!("sqlite://{}", self.data_dir()?.join("skein.db").display())),
        }
    }

    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat)
    }

    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace.into())
    }

    /// What gives access to `/metrics`; none is nobody's.
    pub fn metrics_token(&self) -> Option<&str> {
        self.metrics_token.as_deref().filter(|token| !token.is_empty())
    }

    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Settings {
        Cli::try_parse_from([&["skein"], args].concat()).unwrap().serve
    }

    #[test]
    fn without_accounts_only_loopback_is_served() {
        for host in ["0.0.0.0", "192.168.1.2", "::", "::ffff:10.0.0.1"] {
            assert!(settings(&["--auth", "none", "--host", host]).address().is_err(), "{host}");
        }
        for host in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert!(settings(&["--auth", "none", "--host", host]).address().is_ok(), "{host}");
        }
        assert!(settings(&["--auth", "none"]).address().unwrap().is_loopback());
        assert!(settings(&["--host", "0.0.0.0"]).address().is_ok());
    }

    #[test]
    fn what_is_waited_for_is_a_second_at_least_and_a_year_at_the_most() {
        for flag in ["--idle-timeout", "--heartbeat"] {
            for (seconds, is_taken) in
                [("0", false), ("1", true), ("31536000", true), ("31536001", false), ("18446744073709551615", false)]
            {
                let read = Cli::try_parse_from(["skein", flag, seconds]);
                assert_eq!(read.is_ok(), is_taken, "{flag} {seconds}: {read:?}");
            }
        }
        let year = settings(&["--idle-timeout", "31536000", "--heartbeat", "31536000"]);
        assert_eq!([year.idle_timeout(), year.heartbeat()], [Duration::from_hours(365 * 24); 2]);
    }

    /// Set for the process that the next test starts.
    const READ: &str = "SKEIN_TEST_READ_SETTINGS";

    #[test]
    fn a_variable_that_is_set_but_empty_is_not_set() {
        if std::env::var_os(READ).is_some() {
            // As the program's own arguments this process has the test's.
            let matches = without_empty(Cli::command()).try_get_matches_from(["skein"]);
            println!("read {:?}", matches.map(|matches| Cli::from_arg_matches(&matches).unwrap()));
            return;
        }
        let variables: Vec<_> =
            Cli::command().get_arguments().filter_map(|arg| arg.get_env().map(Into::into)).collect();
        let variables: Vec<std::ffi::OsString> = variables;
        assert!(variables.len() > 30);
        // A process's own variables cannot be changed safely while others may read them, so another one reads them.
        let read = |value: Option<&str>| {
            let mut reader = std::process::Command::new(std::env::current_exe().unwrap());
            let name = "server::config::tests::a_variable_that_is_set_but_empty_is_not_set";
            reader.args([name, "--exact", "--nocapture"]).env(READ, "yes");
            for variable in &variables {
                match value {
                    Some(value) => reader.env(variable, value),
                    None => reader.env_remove(variable),
                };
            }
            let said = String::from_utf8(reader.output().unwrap().stdout).unwrap();
            said.lines().find_map(|line| line.split_once("read ")).map(|(_, read)| read.to_owned()).expect(&said)
        };
        let unset = read(None);
        assert!(unset.starts_with("Ok(Cli"), "{unset}");
        assert_eq!(read(Some("")), unset);
        assert!(read(Some("nonsense")).starts_with("Err("), "what is set is read");
    }

    #[test]
    fn the_readme_has_every_setting_and_its_default() {
        let readme = include_str!("../../README.md");
        for arg in Cli::command().get_arguments().filter(|arg| arg.get_env().is_some() && !arg.is_hide_set()) {
            let variable = arg.get_env().and_then(|name| name.to_str()).unwrap();
            let row = readme.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{variable}")));
            let row = row.unwrap_or_else(|| panic!("the README has no row for {variable}"));
            assert!(row.contains(&format!("`--{}", arg.get_long().unwrap())), "{row}");
            if let [default] = arg.get_default_values()
                && !["", "false"].contains(&default.to_str().unwrap())
            {
                assert!(row.contains(&format!("`{}`", default.to_str().unwrap())), "{row}");
            }
        }
    }

    #[test]
    fn the_help_names_every_setting_with_its_variable() {
        for arg in Cli::command().get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str())) {
            assert!(arg.get_env().is_some(), "{} has no variable", arg.get_id());
            assert!(arg.get_help().is_some(), "{} has no help", arg.get_id());
        }
    }
}
