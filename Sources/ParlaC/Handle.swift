/// What C holds: an object that is kept until it is freed.
enum Handle {
  /// A handle for `object`, which keeps it.
  static func keeping(_ object: some AnyObject) -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
  }

  /// The object behind `handle`; nil for a null pointer.
  static func object<Object: AnyObject>(
    of handle: OpaquePointer?, as type: Object.Type = Object.self
  ) -> Object? {
    guard let handle = unsafe handle else { return nil }
    return unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }

  /// Lets go of the object behind `handle`, if it is one.
  static func free<Object: AnyObject>(_ handle: OpaquePointer?, as type: Object.Type) {
    guard let handle = unsafe handle else { return }
    unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
  }
}
