#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| quaymaster_fuzz::run("settings", data));
