//! The registers of the demonstration.

use std::error::Error;

use chrono::{Days, Local, NaiveDateTime};
use serde_json::{Value, json};

use crate::mitsu::{ANY_PORT, Register, Server, Setup};

/// What the driver simulator answers for the ATOL registers, by port.
pub const ATOL: &str = concat!(
    include_str!("../sim/fptr10.scenario.example"),
    "
register com:COM3 like com:COM5
    fn VALIDITY
        time DATE_TIME today+400d

register com:COM6 like com:COM3
    data STATUS
        str MODEL_NAME АТОЛ 30Ф
        str SERIAL_NUMBER 00123456790014
    fn FN_INFO
        str SERIAL_NUMBER 7380440700067161
        bool FN_RESOURCE_EXHAUSTED true
    fn VALIDITY
        time DATE_TIME today+9d
    fn OFD_EXCHANGE_STATUS
        int DOCUMENTS_COUNT 63
        time DATE_TIME now-12d
    fn ERRORS
        str NETWORK_ERROR_TEXT Нет соединения с сервером
    data SHORT_STATUS
        bool RECEIPT_PAPER_PRESENT false

register com:COM7 open error 3 Порт занят

register com:COM8 like com:COM3
    data STATUS hang

register com:COM9 like com:COM3
    data STATUS crash
"
);

/// The simulated Mitsu registers, which answer as long as this lives.
pub struct Simulated {
    tcp: Server,
    serial: Server,
}

impl Simulated {
    /// Starts one at a free TCP port and one at a new pseudo-terminal.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let now = Local::now().naive_local();
        let tcp = Setup::new(mitsu(now, "065001234567890", "9999078902014447")).serve_tcp(ANY_PORT)?;
        let serial = Setup::new(mitsu(now, "065001234567891", "9999078902014448")).serve_pty()?;
        Ok(Self { tcp, serial })
    }

    /// Address of the one in the network.
    pub fn tcp(&self) -> &str {
        self.tcp.place()
    }

    /// Serial port of the other one.
    pub fn serial(&self) -> &str {
        self.serial.place()
    }

    /// A `connect.json` with ATOL registers at these ports and both Mitsu registers.
    pub fn connections(&self, atol_ports: &[&str]) -> String {
        let (ip, ip_port) = self.tcp().split_once(':').unwrap_or((self.tcp(), "8200"));
        let atol: Vec<Value> = atol_ports.iter().map(|port| com(port)).collect();
        let mitsu = [json!({ "type_connect": 2, "ip": ip, "ip_port": ip_port }), com(self.serial())];
        let document = json!({ "tcp_timeout": 5, "atol": atol, "mitsu": mitsu });
        format!("{document:#}\n")
    }
}

fn com(port: &str) -> Value {
    json!({ "type_connect": 1, "com_port": port, "com_baudrate": "115200" })
}

/// A healthy register: all documents sent, the clock right, an FN for another 400 days.
fn mitsu(now: NaiveDateTime, serial: &str, fn_number: &str) -> Register {
    let fn_end = now.date().checked_add_days(Days::new(400)).unwrap_or(now.date());
    let mut register = Register::default();
    register
        .serial(serial)
        .fn_number(fn_number)
        .unsent(0)
        .set("GET INFO='F'", "VALID", &fn_end.to_string())
        .set("GET INFO='F'", "FLAG", "0x00")
        .set("GET DATE", "DATE", &now.date().to_string())
        .set("GET TIME", "TIME", &now.time().format("%H:%M:%S").to_string());
    register
}
