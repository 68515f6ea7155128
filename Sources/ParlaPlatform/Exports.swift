// What the system gives without an import: Foundation's essentials and the C library, which is all of it that recognition needs. On
// Linux the whole of Foundation brings forty megabytes of tables for languages and calendars into every app.
#if canImport(FoundationEssentials)
  @_exported public import FoundationEssentials
#else
  @_exported public import Foundation
#endif
#if canImport(Glibc)
  @_exported public import Glibc
#elseif canImport(Musl)
  @_exported public import Musl
#elseif canImport(Android)
  @_exported public import Android
#endif
