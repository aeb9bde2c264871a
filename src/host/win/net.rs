//! Hardware addresses: of this computer and of its neighbours.

use std::ptr;
use std::slice;

use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    FreeMibTable, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST,
    GetAdaptersAddresses, GetIpNetTable2, IF_TYPE_ETHERNET_CSMACD, IF_TYPE_IEEE80211,
    IP_ADAPTER_ADDRESSES_LH, MIB_IPNET_ROW2, MIB_IPNET_TABLE2,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_UNSPEC};
use windows_sys::Win32::System::Rpc::{RPC_S_OK, UuidCreateSequential};
use windows_sys::core::GUID;

use super::super::network::Neighbour;

/// Address of the network card by which this computer is identified: the one in the node part of
/// a sequential uuid, which is what the predecessor's runtime takes, else the first physical card's.
pub fn node_mac() -> Option<[u8; 6]> {
    uuid_node().or_else(first_adapter).filter(|mac| *mac != [0; 6])
}

fn uuid_node() -> Option<[u8; 6]> {
    let mut uuid = GUID::default();
    // SAFETY: `uuid` outlives the call.
    let status = unsafe { UuidCreateSequential(&raw mut uuid) };
    if status != RPC_S_OK {
        log::debug!("sequential uuid: status {status}, it has no card's address");
        return None;
    }
    uuid.data4.last_chunk().copied()
}

fn first_adapter() -> Option<[u8; 6]> {
    let adapters = Adapters::list()?;
    adapters.iter().find_map(|adapter| {
        let physical = matches!(adapter.IfType, IF_TYPE_ETHERNET_CSMACD | IF_TYPE_IEEE80211);
        let mac = mac(&adapter.PhysicalAddress, adapter.PhysicalAddressLength)?;
        (physical && mac != [0; 6]).then_some(mac)
    })
}

fn mac(address: &[u8], len: u32) -> Option<[u8; 6]> {
    if len == 6 { address.first_chunk().copied() } else { None }
}

/// The system's list of adapters; words, because its entries want to be aligned.
struct Adapters(Vec<u64>);

/// The size that Microsoft advises to begin with, and the largest that is accepted, in bytes.
const ADAPTERS_SIZE: u32 = 16 * 1024;
const ADAPTERS_LIMIT: u32 = 1024 * 1024;
/// The list may grow between two calls.
const ATTEMPTS: u32 = 3;

impl Adapters {
    fn list() -> Option<Self> {
        let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
        let mut len = ADAPTERS_SIZE;
        for _ in 0..ATTEMPTS {
            let mut list = vec![0_u64; len.div_ceil(8) as usize];
            // SAFETY: `list` has room for at least the `len` bytes that the call is told of.
            let code = unsafe {
                let room = list.as_mut_ptr().cast();
                GetAdaptersAddresses(AF_UNSPEC.into(), flags, ptr::null(), room, &raw mut len)
            };
            match code {
                ERROR_SUCCESS => return Some(Self(list)),
                ERROR_BUFFER_OVERFLOW if len <= ADAPTERS_LIMIT => {}
                _ => {
                    log::debug!("adapters: {}", std::io::Error::from_raw_os_error(code.cast_signed()));
                    return None;
                }
            }
        }
        None
    }

    fn iter(&self) -> impl Iterator<Item = &IP_ADAPTER_ADDRESSES_LH> {
        let mut next: *const IP_ADAPTER_ADDRESSES_LH = self.0.as_ptr().cast();
        std::iter::from_fn(move || {
            // SAFETY: the first entry stands at the start of the buffer (all zero if there is
            // none), the others where their forerunners say, inside the buffer that `self` keeps.
            let adapter = unsafe { next.as_ref() }?;
            next = adapter.Next;
            Some(adapter)
        })
    }
}

/// IPv4 neighbours whose hardware address has six bytes.
pub fn neighbours() -> Vec<Neighbour> {
    let mut table = ptr::null_mut();
    // SAFETY: `table` outlives the call.
    let code = unsafe { GetIpNetTable2(AF_INET, &raw mut table) };
    if code != ERROR_SUCCESS || table.is_null() {
        log::debug!("neighbours: {}", std::io::Error::from_raw_os_error(code.cast_signed()));
        return Vec::new();
    }
    let table = NeighbourTable(table);
    table.rows().iter().filter_map(neighbour).collect()
}

fn neighbour(row: &MIB_IPNET_ROW2) -> Option<Neighbour> {
    // SAFETY: only IPv4 rows were asked for, and any bytes make an address.
    let ip = unsafe { row.Address.Ipv4.sin_addr.S_un.S_addr };
    let mac = mac(&row.PhysicalAddress, row.PhysicalAddressLength)?;
    Some(Neighbour { ip: ip.to_ne_bytes().into(), mac })
}

/// The system's table of neighbours, given back when dropped.
struct NeighbourTable(*mut MIB_IPNET_TABLE2);

impl NeighbourTable {
    fn rows(&self) -> &[MIB_IPNET_ROW2] {
        // SAFETY: the table is valid until it is dropped, and says how many rows follow.
        unsafe {
            let len = (*self.0).NumEntries as usize;
            slice::from_raw_parts((&raw const (*self.0).Table).cast(), len)
        }
    }
}

impl Drop for NeighbourTable {
    fn drop(&mut self) {
        // SAFETY: the table came from a call that succeeded and is given back once.
        unsafe { FreeMibTable(self.0.cast()) };
    }
}
