/// Why a recording of a corpus is not imported.
public enum LeftOutReason: String, Error, Codable, CaseIterable, CustomStringConvertible {
  /// The corpus has a text and no recording for it.
  case noRecording = "no-recording"
  /// The recording is of a kind that other programs must convert first, such as M4A.
  case mustBeConverted = "must-be-converted"
  /// The corpus has a recording and no text for it.
  case noText = "no-text"
  /// The corpus has another text for the same recording.
  case secondText = "second-text"
  /// A question mark replaces a lost accented letter.
  case lostAccent = "lost-accent"
  /// The text has brackets: a stage direction, a sound, an explanation.
  case brackets
  /// The text has digits, which may be read in many ways.
  case digits
  /// The text has a sign that is neither letter nor punctuation.
  case signs
  /// The text has a full stop between words without a space: an address, which is spelt out, or two sentences in one.
  case stopInWord = "stop-in-word"
  /// The text has no letters.
  case noLetters = "no-letters"
  /// The text has letters that the language does not use.
  case foreignLetters = "foreign-letters"
  /// The same bytes occur under another name.
  case duplicateRecording = "duplicate-recording"
  /// The recording cannot be decoded.
  case unreadable
  /// The recording is silent.
  case silent
  /// The text is not in the encoding of its file.
  case notUTF8 = "not-utf-8"
  /// The text has a line break inside, as from an unclosed quote.
  case lineBreak = "line-break"
  /// The text has characters that the given alphabet lacks.
  case outsideAlphabet = "outside-alphabet"
  /// The recording is shorter than the text can be spoken.
  case textTooLong = "text-too-long"
  /// The recording is shorter than what is useful.
  case tooShort = "too-short"
  /// The passage is beyond the recording's end.
  case outsideRecording = "outside-recording"
  /// The recording has another rate or number of channels than the corpus promises.
  case otherFormat = "other-format"
  /// The recording is on the list of those to skip.
  case skipped
  /// All speakers of the corpus read this sentence, in all its parts.
  case sharedSentence = "shared-sentence"
  /// The passage has no times in its recording.
  case noTimes = "no-times"
  /// The speaker or the article is unknown, and such passages were to be skipped.
  case unknownOrigin = "unknown-origin"
  /// The recording is longer than training can use.
  case tooLong = "too-long"
  /// Fewer characters a second than people speak.
  case tooSlow = "too-slow"
  /// More characters a second than people can speak.
  case tooFast = "too-fast"
  /// The recording is much longer or shorter than the same speaker takes for as much text.
  case oddDuration = "odd-duration"

  /// What to do where it leaves nothing; nil where that is plain.
  var advice: String? {
    switch self {
    case .noText:
      "Add a table that names the recordings (save a spreadsheet as CSV), or a text file of the same name next to each."
    case .mustBeConverted: SourceFile.conversionAdvice("m4a") + " (or another ending)."
    case .noRecording:
      "Pass a folder or archive that also has the recordings, under the names that the table gives."
    case .digits, .brackets, .signs, .stopInWord, .foreignLetters, .lostAccent, .noLetters:
      "Edit the texts, or choose what becomes of such characters: "
        + "parla import rules LANGUAGE > own.rules, then --text own.rules."
    case .notUTF8: "Name the encoding of the texts, such as --encoding windows-1252."
    case .outsideAlphabet: "Choose another --alphabet, or none."
    case .textTooLong:
      "Look whether texts and recordings belong together; --character-milliseconds 0 keeps all."
    case .tooShort: "Choose another --min-seconds."
    case .tooLong:
      "Choose another --max-seconds (0 for any), or cut the recordings with parla align."
    case .unreadable: "Copy or convert the recordings again."
    case .lineBreak, .secondText, .duplicateRecording, .silent, .outsideRecording, .otherFormat,
      .skipped,
      .sharedSentence, .noTimes, .unknownOrigin, .tooSlow, .tooFast, .oddDuration:
      nil
    }
  }

  /// The reason in a few words.
  public var description: String {
    switch self {
    case .noRecording: "text without a recording"
    case .mustBeConverted: "a kind of recording that must be converted first"
    case .noText: "recording without a text"
    case .secondText: "a second text for the same recording"
    case .lostAccent: "\"?\" in place of a lost accent"
    case .brackets: "brackets: a sound or an explanation"
    case .digits: "digits, which may be read in many ways"
    case .signs: "a sign that is neither letter nor punctuation"
    case .stopInWord: "a full stop inside a word, as in an address"
    case .noLetters: "no letters"
    case .foreignLetters: "letters of another language"
    case .duplicateRecording: "the same recording under another name"
    case .unreadable: "recording cannot be decoded"
    case .silent: "silent recording"
    case .notUTF8: "text that is not in its file's encoding"
    case .lineBreak: "a line break in the text"
    case .outsideAlphabet: "characters that the alphabet lacks"
    case .textTooLong: "recording too short for its text"
    case .tooShort: "recording too short"
    case .outsideRecording: "passage behind the recording's end"
    case .otherFormat: "another rate or number of channels than the corpus has"
    case .skipped: "to be skipped, as was asked for"
    case .sharedSentence: "a sentence that all speakers read"
    case .noTimes: "passage without times"
    case .unknownOrigin: "unknown speaker or article"
    case .tooLong: "recording too long"
    case .tooSlow: "too few characters a second of speech"
    case .tooFast: "too many characters a second of speech"
    case .oddDuration: "much longer or shorter than the speaker takes for such a text"
    }
  }
}
