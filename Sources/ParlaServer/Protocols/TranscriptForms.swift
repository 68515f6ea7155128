import Foundation
import ParlaFiles
import ParlaTranscripts

/// Words and segments in the forms of OpenAI, Vosk and Deepgram.
extension Word {
  /// OpenAI's.
  var openAI: JSONValue {
    [
      "word": .string(text), "start": .seconds(start), "end": .seconds(max(start, end)),
      "probability": .seconds(confidence ?? 1),
    ]
  }

  /// Vosk's.
  var vosk: JSONValue {
    [
      "conf": .seconds(confidence ?? 1), "start": .seconds(start), "end": .seconds(max(start, end)),
      "word": .string(text),
    ]
  }

  /// Deepgram's.
  var deepgram: JSONValue {
    [
      "word": .string(text), "start": .seconds(start), "end": .seconds(max(start, end)),
      "confidence": .seconds(confidence ?? 1), "punctuated_word": .string(text),
    ]
  }
}

extension [Word] {
  /// How probable they are on average, from 0 to 1.
  var meanConfidence: Double {
    let known = map { $0.confidence ?? 1 }
    return known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
  }
}

extension TranscribedFile {
  /// OpenAI's `verbose_json`, with those of segments and words that were asked for.
  func verboseJSON(language: String, hasSegments: Bool, hasWords: Bool) -> JSONValue {
    var object: [String: JSONValue] = [
      "task": "transcribe", "language": .string(language), "duration": .seconds(duration),
      "text": .string(transcript.text), "usage": usage,
    ]
    if hasWords { object["words"] = .array(transcript.words.map(\.openAI)) }
    if hasSegments {
      let phrases = Self.phrases(of: transcript.words)
      object["segments"] = .array(
        phrases.enumerated().map { number, words in Self.segment(number, words, duration) })
    }
    return .object(object)
  }

  /// What OpenAI reckons it by.
  var usage: JSONValue {
    ["type": "duration", "seconds": .integer(max(1, Int(duration.rounded(.up))))]
  }

  /// The words between pauses of half a second and more, at most 30 seconds of them.
  private static func phrases(of words: [Word]) -> [[Word]] {
    var phrases: [[Word]] = []
    for word in words {
      if let last = phrases.last?.last, let first = phrases.last?.first,
        word.start - last.end < 0.5, word.end - first.start <= 30
      {
        phrases[phrases.count - 1].append(word)
      } else {
        phrases.append([word])
      }
    }
    return phrases
  }

  /// All fields that typed clients want, those that have no meaning here with harmless values.
  private static func segment(_ number: Int, _ words: [Word], _ duration: Double) -> JSONValue {
    let start = words.first?.start ?? 0
    let end = max(start, words.last?.end ?? 0)
    let probability = words.map { $0.confidence ?? 1 }.reduce(0, +) / Double(max(1, words.count))
    return [
      "id": .integer(number), "seek": .integer(Int(start * 100)), "start": .seconds(start),
      "end": .seconds(end), "text": .string(words.map(\.text).joined(separator: " ")), "tokens": [],
      "temperature": 0, "avg_logprob": .seconds(log(max(0.0001, probability))),
      "compression_ratio": 1, "no_speech_prob": .seconds(1 - probability),
    ]
  }
}

/// Determines which of the words transcribed so far are final, and returns each once.
///
/// A word is considered final once two words follow it in two consecutive partial texts; the final text decides in the end. Words
/// are never withdrawn: where the final text differs from them, the difference is dropped.
struct CertainWords {
  private var previous: [String] = []
  private(set) var given: [String] = []

  /// Words that have become certain with a partial text.
  mutating func feed(_ text: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    let agreed = zip(words, previous).prefix { $0 == $1 }.count
    previous = words
    let certain = min(agreed, words.count - 2)
    guard certain > given.count, words.starts(with: given) else { return nil }
    return add(Array(words[given.count..<certain]))
  }

  /// The final text, of which those words are given that were not; what the whole then is.
  mutating func finish(_ text: String) -> (rest: String?, isSame: Bool) {
    let words = text.split(separator: " ").map(String.init)
    let isSame = words.starts(with: given)
    let rest = words.count > given.count ? add(Array(words[given.count...])) : nil
    previous = []
    return (rest, isSame)
  }

  /// The text of all that was given.
  var text: String { given.joined(separator: " ") }

  private mutating func add(_ words: [String]) -> String? {
    let isFirst = given.isEmpty
    given += words
    return (isFirst ? "" : " ") + words.joined(separator: " ")
  }
}
