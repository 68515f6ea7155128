/// The kinds of front ends that descriptions may name; a new kind is one entry here and one file in `FrontEnds`.
package enum FrontEndKinds {
  /// All of them.
  package static let all: [any FrontEnd.Type] = [
    MFCC.self, LogMel.self, FilterBank.self, PowerSpectrogram.self, RawSound.self,
    KurSpectrum.self, KurCepstrum.self,
  ]

  /// The kind that descriptions call `name`.
  package static func named(_ name: String) -> (any FrontEnd.Type)? {
    all.first { $0.kind == name || $0.kind == name.replacing("-", with: "_") }
  }

  /// The names of all kinds.
  package static var names: [String] { all.map { $0.kind } }
}
