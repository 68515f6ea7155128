import ParlaAudio

/// Addresses of recordings, as far as lists need them.
enum SoundPlace {
  /// The file of the recording at `address`.
  static func file(of address: String) -> String { SoundAddress(address).path }

  /// The passage of the recording at `path` from `start` on that lasts `duration` seconds, to its end where that is nil.
  static func passage(
    _ path: String, from start: Double, lasting duration: Double?, channel: Int? = nil
  ) -> String {
    var address = SoundAddress(path)
    if start > 0 || duration != nil {
      // The sum of two numbers with few digits has few.
      let end = duration.map { ((start + $0) * 1e6).rounded() / 1e6 } ?? .infinity
      address.seconds = start..<max(end, start.nextUp)
    }
    address.channel = channel ?? address.channel
    return address.description
  }
}
