//! `tb import`: what other programs kept moves in, once, with its times, and nothing hostile with it.

mod big;
mod faults;
mod forms;
mod jf2;
mod repeated;
mod tb_cgi;
