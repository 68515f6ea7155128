import Foundation
import ParlaRecognition
import ParlaTranscripts

/// Live text: on a terminal the line changes until the utterance ends, elsewhere only whole
/// utterances are printed.
struct LiveText {
  /// Whether partial results are lines of their own.
  let printsPartials: Bool

  private let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Prints partial results as lines too, if asked for.
  init(printsPartials: Bool) { self.printsPartials = printsPartials }

  /// Shows the recognised text.
  func show(_ event: UtteranceListener.Event) {
    switch event {
    case .partial(let transcript):
      let text = transcript.text
      if printsPartials {
        print("... \(text)")
      } else if isTerminal {
        print(Self.emptyLine + text.suffix(Self.width()), terminator: "")
      }
    case .utterance(let transcript):
      print((isTerminal ? Self.emptyLine : "") + transcript.text)
    case .dismissed:
      if isTerminal { print(Self.emptyLine, terminator: "") }
    }
    StandardStreams.flush()
  }

  /// Back to the line's start, and all of it erased (ECMA-48, EL).
  private static let emptyLine = "\r\u{1B}[K"

  /// How many characters fit on a line without breaking it.
  private static func width() -> Int {
    var size = winsize()
    let status = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    return status == 0 && size.ws_col > 1 ? Int(size.ws_col) - 1 : 79
  }
}
