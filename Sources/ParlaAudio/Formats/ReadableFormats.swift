import CAudioFormats

/// What the library that reads sound can do here.
package enum ReadableFormats {
  /// The library with its version, such as `libsndfile-1.2.2`.
  package static var library: String { unsafe String(cString: sf_version_string()) }

  /// Why nothing is read, whatever is in a file; nil where files are.
  package static var problem: String? {
    unsafe parla_sound_files_problem().map { unsafe String(cString: $0) }
  }

  /// Extensions in place of those that the library gives for MPEG audio and Ogg, which few files have.
  private static let usualExtensions = ["m1a": ["mp3"], "oga": ["ogg", "opus"]]

  /// The extensions of the files that it reads, such as `flac`, sorted, each once.
  package static var extensions: [String] {
    var count: Int32 = 0
    _ = unsafe sf_command(
      nil, Int32(SFC_GET_FORMAT_MAJOR_COUNT), &count, Int32(MemoryLayout<Int32>.size))
    let names = (0..<count).compactMap { place -> String? in
      var format = unsafe SF_FORMAT_INFO()
      unsafe format.format = place
      let status = unsafe sf_command(
        nil, Int32(SFC_GET_FORMAT_MAJOR), &format, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
      guard status == 0, let name = unsafe format.extension else { return nil }
      return unsafe String(cString: name)
    }
    return Set(names.flatMap { usualExtensions[$0] ?? [$0] }).sorted()
  }
}
