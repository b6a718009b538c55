//! vigie watches whether a domain's mail arrives. The program is a thin `main` over these modules;
//! ARCHITECTURE.md says which may use which.

pub mod net;
pub mod run;
