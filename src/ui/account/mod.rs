//! Signing in and making an account.

mod form;
mod login;
mod signup;

pub use login::Login;
pub use signup::Signup;
