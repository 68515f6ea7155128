/// A recording as the bytes of a file, for what keeps many recordings in one file.
package struct SoundContent: Sendable {
  /// How recordings are stored.
  package enum Form: String, Sendable, CaseIterable {
    /// WAV with 16-bit samples and a header of 44 bytes.
    case wav
    /// FLAC with 16-bit samples.
    case flac
    /// Opus as in DeepSpeech's sample databases.
    case opus
  }

  /// The extension by which it is read again.
  package let fileExtension: String

  /// The bytes.
  package let bytes: [UInt8]

  /// Stores `sound`; `bitRate` is that of Opus in bits a second, and nil lets it choose.
  ///
  /// - Throws: `AudioError`, when the sound cannot be stored.
  package init(_ sound: Waveform, as form: Form, bitRate: Int? = nil) throws(AudioError) {
    if let index = sound.samples.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(path: "sound", sampleIndex: index)
    }
    switch form {
    case .wav:
      fileExtension = "wav"
      bytes = Self.wav(sound)
    case .flac:
      fileExtension = "flac"
      bytes = try SoundFile.content(of: sound, as: .flac)
    case .opus:
      fileExtension = OpusPacketFile.fileExtension
      bytes = try OpusPacketFile.content(of: sound, bitRate: bitRate)
    }
  }

  /// RIFF with the chunks `fmt ` and `data` and no other, as Python's `wave` writes it.
  private static func wav(_ sound: Waveform) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let size = 2 * sound.samples.count
    var content: [UInt8] = Array("RIFF".utf8) + number(36 + size, 4) + Array("WAVEfmt ".utf8)
    content += number(16, 4) + number(1, 2) + number(1, 2) + number(sound.sampleRate, 4)
    content += number(2 * sound.sampleRate, 4) + number(2, 2) + number(16, 2)
    content += Array("data".utf8) + number(size, 4)
    content.reserveCapacity(content.count + size)
    for sample in SixteenBits.integers(sound.samples) {
      content.append(UInt8(truncatingIfNeeded: sample))
      content.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    return content
  }
}
