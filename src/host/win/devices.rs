//! Devices behind serial ports, by the list of the device manager.
//!
//! All classes are looked at, because drivers of virtual ports may bring a class of their own;
//! what makes a device a port is the value `PortName` of its key.

use std::ptr;

use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    DICS_FLAG_GLOBAL, DIGCF_ALLCLASSES, DIGCF_PRESENT, DIREG_DEV, HDEVINFO, SETUP_DI_REGISTRY_PROPERTY,
    SP_DEVINFO_DATA, SPDRP_DEVICEDESC, SPDRP_FRIENDLYNAME, SPDRP_HARDWAREID, SetupDiDestroyDeviceInfoList,
    SetupDiEnumDeviceInfo, SetupDiGetClassDevsW, SetupDiGetDeviceInstanceIdW,
    SetupDiGetDeviceRegistryPropertyW, SetupDiOpenDevRegKey,
};
use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Registry::KEY_READ;

use super::super::ports::PortDevice;
use super::super::registry::Value;
use super::narrow;
use super::registry::OpenKey;

/// Every device that is connected and has a port.
pub fn port_devices() -> Vec<PortDevice> {
    let Some(list) = DeviceList::open() else {
        log::debug!("devices: {}", std::io::Error::last_os_error());
        return Vec::new();
    };
    (0..DEVICE_LIMIT).map_while(|index| list.device(index)).filter_map(|device| list.port(&device)).collect()
}

/// Most devices that are looked at; a computer has some hundred.
const DEVICE_LIMIT: u32 = 10_000;

/// The list of connected devices, given back when dropped.
struct DeviceList(HDEVINFO);

impl DeviceList {
    fn open() -> Option<Self> {
        let (any_class, any_bus, no_window) = (ptr::null(), ptr::null(), ptr::null_mut());
        // SAFETY: null means "any" for class and bus, and no window is needed.
        let list =
            unsafe { SetupDiGetClassDevsW(any_class, any_bus, no_window, DIGCF_ALLCLASSES | DIGCF_PRESENT) };
        (list != INVALID_HANDLE_VALUE as HDEVINFO).then_some(Self(list))
    }

    fn device(&self, index: u32) -> Option<SP_DEVINFO_DATA> {
        let mut device =
            SP_DEVINFO_DATA { cbSize: size_of::<SP_DEVINFO_DATA>() as u32, ..Default::default() };
        // SAFETY: the list is open, and `device` says its own size and outlives the call.
        let done = unsafe { SetupDiEnumDeviceInfo(self.0, index, &raw mut device) };
        (done != 0).then_some(device)
    }

    fn port(&self, device: &SP_DEVINFO_DATA) -> Option<PortDevice> {
        let port = self.key(device)?.value("PortName").ok()??.text()?;
        let name = |property| self.property(device, property)?.text();
        let description = name(SPDRP_FRIENDLYNAME).or_else(|| name(SPDRP_DEVICEDESC));
        let mut ids = self.property(device, SPDRP_HARDWAREID).map(Value::texts).unwrap_or_default();
        ids.extend(self.instance_id(device));
        Some(PortDevice { port, description, ids })
    }

    fn key(&self, device: &SP_DEVINFO_DATA) -> Option<OpenKey> {
        // SAFETY: the list is open and `device` is one of it.
        let key = unsafe { SetupDiOpenDevRegKey(self.0, device, DICS_FLAG_GLOBAL, 0, DIREG_DEV, KEY_READ) };
        (key != INVALID_HANDLE_VALUE).then(|| OpenKey::from_raw(key))
    }

    fn property(&self, device: &SP_DEVINFO_DATA, property: SETUP_DI_REGISTRY_PROPERTY) -> Option<Value> {
        let mut data = vec![0_u8; 4096];
        let (mut kind, mut len) = (0, 0);
        // SAFETY: the list is open, `device` is one of it, `data` has room for the number of
        // bytes that the call is told, and all results outlive the call.
        let done = unsafe {
            let (room, size) = (data.as_mut_ptr(), data.len() as u32);
            SetupDiGetDeviceRegistryPropertyW(
                self.0,
                device,
                property,
                &raw mut kind,
                room,
                size,
                &raw mut len,
            )
        };
        if done == 0 {
            return None;
        }
        data.truncate(len as usize);
        Value::decode(kind, &data)
    }

    fn instance_id(&self, device: &SP_DEVINFO_DATA) -> Option<String> {
        let mut id = [0_u16; 256];
        // SAFETY: the list is open, `device` is one of it, and `id` has room for the number of
        // units that the call is told.
        let done = unsafe {
            let room = id.len() as u32;
            SetupDiGetDeviceInstanceIdW(self.0, device, id.as_mut_ptr(), room, ptr::null_mut())
        };
        (done != 0).then(|| narrow(&id))
    }
}

impl Drop for DeviceList {
    fn drop(&mut self) {
        // SAFETY: the list was opened by a call that succeeded and is given back once.
        unsafe { SetupDiDestroyDeviceInfoList(self.0) };
    }
}
