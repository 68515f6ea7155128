import CAudioFormats
import ParlaPlatform

/// A sound part as a file that libsndfile reads through callbacks.
@safe final class VirtualFile {
  let part: SoundPart

  /// Whether the system could not read what was asked for.
  private(set) var hasFailed = false

  private var position = 0

  init(_ part: SoundPart) { self.part = part }

  /// Opens it; the handle is of use as long as this object lives.
  func open(_ information: inout SF_INFO) -> OpaquePointer? {
    position = 0
    var callbacks = Self.callbacks
    let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
    return unsafe sf_open_virtual(&callbacks, Int32(SFM_READ), &information, pointer)
  }

  private static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { pointer in unsafe sf_count_t(VirtualFile.at(pointer)?.part.byteCount ?? 0) },
      seek: { offset, origin, pointer in
        unsafe sf_count_t(VirtualFile.at(pointer)?.seek(Int(offset), from: origin) ?? -1)
      },
      read: { buffer, count, pointer in
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        return unsafe sf_count_t(VirtualFile.at(pointer)?.read(into: bytes) ?? 0)
      },
      write: { _, _, _ in 0 },
      tell: { pointer in unsafe sf_count_t(VirtualFile.at(pointer)?.position ?? 0) })
  }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> VirtualFile? {
    unsafe pointer.map { unsafe Unmanaged<VirtualFile>.fromOpaque($0).takeUnretainedValue() }
  }

  private func seek(_ offset: Int, from origin: Int32) -> Int {
    let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : part.byteCount
    position = min(max(base + offset, 0), part.byteCount)
    return position
  }

  /// Fills the buffer from the current place on, as far as there are bytes.
  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, part.byteCount - position)
    guard count > 0 else { return 0 }
    let ownCount = min(count, max(0, part.prefix.count - position))
    for index in 0..<ownCount { unsafe buffer[index] = part.prefix[position + index] }
    var filled = ownCount
    if ownCount < count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[ownCount..<count])
      let place = part.range.lowerBound + position + ownCount - part.prefix.count
      let found = unsafe part.source.read(into: rest, at: place)
      if found < 0 { hasFailed = true }
      filled += max(0, found)
      for patch in part.patches {
        for (index, byte) in patch.bytes.enumerated() {
          let target = patch.offset + index - place
          if target >= 0, target < found { unsafe rest[target] = byte }
        }
      }
    }
    position += filled
    return filled
  }
}
