//! Credit repair: the store on both engines, a random walk through its machine, and the whole path through a real channel.

mod attention;
mod fixture;
mod granted;
mod grpc;
mod pages;
mod push;
mod remedies;
mod store;
mod walk;
