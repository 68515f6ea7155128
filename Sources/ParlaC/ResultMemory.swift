import CParla
import ParlaTranscripts

/// Transcripts in memory that C reads and gives back.
enum ResultMemory {
  /// `transcripts` as C sees them.
  static func allocate(
    _ transcripts: [Transcript], alphabet: Alphabet, secondsPerFrame: Double
  ) -> UnsafeMutablePointer<parla_result> {
    // In single precision, as in the originals.
    let frameLength = Float(secondsPerFrame)
    let list = unsafe array(
      transcripts.map { transcript in
        let words = unsafe array(
          transcript.words.map {
            unsafe parla_word(
              text: string($0.text), start: $0.start, end: $0.end,
              confidence: $0.confidence ?? -1)
          })
        let tokens = unsafe array(
          transcript.tokens.map {
            unsafe parla_token(
              text: string(alphabet.utf8($0.label)), frame: UInt32(clamping: $0.frame),
              start: Float($0.frame) * frameLength)
          })
        return unsafe parla_transcript(
          text: string(transcript.text), words: words, word_count: transcript.words.count,
          tokens: tokens, token_count: transcript.tokens.count,
          log_probability: transcript.naturalLogProbability)
      })
    let result = UnsafeMutablePointer<parla_result>.allocate(capacity: 1)
    unsafe result.initialize(
      to: parla_result(transcripts: list, transcript_count: transcripts.count))
    return unsafe result
  }

  /// Frees `result` with all that it points to.
  static func free(_ result: UnsafeMutablePointer<parla_result>) {
    for index in 0..<(unsafe result.pointee.transcript_count) {
      let transcript = unsafe result.pointee.transcripts[index]
      for word in 0..<(unsafe transcript.word_count) {
        unsafe transcript.words[word].text.deallocate()
      }
      for token in 0..<(unsafe transcript.token_count) {
        unsafe transcript.tokens[token].text.deallocate()
      }
      unsafe transcript.text.deallocate()
      unsafe transcript.words.deallocate()
      unsafe transcript.tokens.deallocate()
    }
    unsafe result.pointee.transcripts.deallocate()
    unsafe result.deallocate()
  }

  private static func string(_ text: String) -> UnsafePointer<CChar> {
    unsafe string(Array(text.utf8))
  }

  private static func string(_ utf8: [UInt8]) -> UnsafePointer<CChar> {
    unsafe array(utf8.map { CChar(bitPattern: $0) } + [0])
  }

  private static func array<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    // Never empty, so that there is always something to free.
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    unsafe memory.initialize(from: elements, count: elements.count)
    return unsafe UnsafePointer(memory)
  }
}
