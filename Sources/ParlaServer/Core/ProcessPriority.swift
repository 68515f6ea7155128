import Foundation

/// Lets `process` and what it starts run when others do not need the processor, the more so the greater `niceness` is (at most 19).
///
/// A process that has already ended is no error.
func yieldProcessor(by niceness: Int32, process: Int32) {
  #if os(Linux)
    let kind = __priority_which_t(PRIO_PROCESS.rawValue)
  #else
    let kind = PRIO_PROCESS
  #endif
  _ = setpriority(kind, id_t(process), niceness)
}
