import CParla
import ParlaTranscripts

/// The text at `pointer`, which the caller calls `name`.
func string(_ pointer: UnsafePointer<CChar>?, name: String) throws -> String {
  guard let pointer = unsafe pointer else { throw LibraryError.missingArgument(name: name) }
  return unsafe String(cString: pointer)
}

/// The `count` samples at `pointer`, which may be null if there are none.
func buffer<Sample>(
  _ pointer: UnsafePointer<Sample>?, _ count: Int
) throws -> UnsafeBufferPointer<Sample> {
  guard unsafe pointer != nil || count == 0 else {
    throw LibraryError.missingArgument(name: "samples")
  }
  return unsafe UnsafeBufferPointer(start: pointer, count: count)
}

/// A number of transcripts.
func positive(_ count: CUnsignedInt) throws -> Int {
  guard count >= 1 else { throw LibraryError.invalidCount(name: "count", found: 0) }
  return Int(count)
}

/// Puts a handle for `object` where `place` points to.
func store(
  _ object: some AnyObject, in place: UnsafeMutablePointer<OpaquePointer?>?, name: String
) throws {
  guard let place = unsafe place else { throw LibraryError.missingArgument(name: name) }
  unsafe place.pointee = Handle.keeping(object)
}

/// Puts `transcripts` where `place` points to.
func store(
  _ transcripts: [Transcript], in place: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?,
  alphabet: Alphabet, secondsPerFrame: Double
) throws {
  guard let place = unsafe place else { throw LibraryError.missingArgument(name: "result") }
  unsafe place.pointee = ResultMemory.allocate(
    transcripts, alphabet: alphabet, secondsPerFrame: secondsPerFrame)
}
