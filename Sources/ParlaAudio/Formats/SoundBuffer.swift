import CAudioFormats
import ParlaPlatform

/// A sound file that libsndfile writes through callbacks, in memory.
///
/// The library does not report that its last bytes find no room on the disk; writing them from memory does.
@safe final class SoundBuffer {
  /// What was written.
  private(set) var bytes: [UInt8] = []

  private var position = 0

  /// Opens it; the handle is of use as long as this object lives.
  func open(_ information: inout SF_INFO) -> OpaquePointer? {
    var callbacks = Self.callbacks
    let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
    return unsafe sf_open_virtual(&callbacks, Int32(SFM_WRITE), &information, pointer)
  }

  private static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { pointer in unsafe sf_count_t(SoundBuffer.at(pointer)?.bytes.count ?? 0) },
      seek: { offset, origin, pointer in
        unsafe sf_count_t(SoundBuffer.at(pointer)?.seek(Int(offset), from: origin) ?? -1)
      },
      read: { _, _, _ in 0 },
      write: { source, count, pointer in
        let bytes = unsafe UnsafeRawBufferPointer(start: source, count: Int(count))
        return unsafe sf_count_t(SoundBuffer.at(pointer)?.write(bytes) ?? 0)
      },
      tell: { pointer in unsafe sf_count_t(SoundBuffer.at(pointer)?.position ?? 0) })
  }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> SoundBuffer? {
    unsafe pointer.map { unsafe Unmanaged<SoundBuffer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func seek(_ offset: Int, from origin: Int32) -> Int {
    let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : bytes.count
    position = min(max(base + offset, 0), bytes.count)
    return position
  }

  /// Writes at the current place, over what is there.
  private func write(_ source: UnsafeRawBufferPointer) -> Int {
    let overwritten = min(source.count, bytes.count - position)
    unsafe bytes.replaceSubrange(position..<position + overwritten, with: source)
    position += source.count
    return source.count
  }
}
