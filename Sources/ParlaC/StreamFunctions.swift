// The functions of parla.h that take a stream or a result. Its comments say what they do.
public import CParla
import ParlaTranscripts

/// `parla_stream_open`.
@_cdecl("parla_stream_open")
public func parlaStreamOpen(
  _ model: OpaquePointer?, _ stream: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe stream?.pointee = nil
  return status {
    let opened = try unsafe SharedStream(sharedModel(model).configured())
    try unsafe store(opened, in: stream, name: "stream")
  }
}

/// `parla_stream_feed`.
@_cdecl("parla_stream_feed")
public func parlaStreamFeed(
  _ stream: OpaquePointer?, _ samples: UnsafePointer<Int16>?, _ count: Int
) -> CInt {
  status { try unsafe sharedStream(stream).feed(buffer(samples, count)) }
}

/// `parla_stream_feed_float`.
@_cdecl("parla_stream_feed_float")
public func parlaStreamFeedFloat(
  _ stream: OpaquePointer?, _ samples: UnsafePointer<Float>?, _ count: Int
) -> CInt {
  status { try unsafe sharedStream(stream).feed(buffer(samples, count)) }
}

/// `parla_stream_intermediate`.
@_cdecl("parla_stream_intermediate")
public func parlaStreamIntermediate(
  _ stream: OpaquePointer?, _ count: CUnsignedInt,
  _ result: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?
) -> CInt {
  unsafe give(count, result, of: stream) { $0.intermediate(count: $1) }
}

/// `parla_stream_intermediate_flushing`.
@_cdecl("parla_stream_intermediate_flushing")
public func parlaStreamIntermediateFlushing(
  _ stream: OpaquePointer?, _ count: CUnsignedInt,
  _ result: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?
) -> CInt {
  unsafe give(count, result, of: stream) { $0.intermediateFlushing(count: $1) }
}

/// `parla_stream_finish`.
@_cdecl("parla_stream_finish")
public func parlaStreamFinish(
  _ stream: OpaquePointer?, _ count: CUnsignedInt,
  _ result: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?
) -> CInt {
  unsafe give(count, result, of: stream) { try $0.finish(count: $1) }
}

/// `parla_stream_free`.
@_cdecl("parla_stream_free")
public func parlaStreamFree(_ stream: OpaquePointer?) {
  unsafe Handle.free(stream, as: SharedStream.self)
}

/// `parla_result_free`.
@_cdecl("parla_result_free")
public func parlaResultFree(_ result: UnsafeMutablePointer<parla_result>?) {
  if let result = unsafe result { unsafe ResultMemory.free(result) }
}

/// Puts what `transcripts` gives for the stream into `result`.
private func give(
  _ count: CUnsignedInt, _ result: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?,
  of handle: OpaquePointer?, _ transcripts: (SharedStream, Int) throws -> [Transcript]
) -> CInt {
  unsafe result?.pointee = nil
  return status {
    let stream = try unsafe sharedStream(handle)
    guard unsafe result != nil else { throw LibraryError.missingArgument(name: "result") }
    try unsafe store(
      transcripts(stream, positive(count)), in: result, alphabet: stream.alphabet,
      secondsPerFrame: stream.secondsPerFrame)
  }
}

private func sharedStream(_ handle: OpaquePointer?) throws -> SharedStream {
  guard let stream = unsafe Handle.object(of: handle, as: SharedStream.self) else {
    throw LibraryError.missingArgument(name: "stream")
  }
  return stream
}
