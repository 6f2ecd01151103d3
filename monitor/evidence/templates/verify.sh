#!/bin/sh
# Checks this bundle with what every Unix has, coreutils and OpenSSL only. Run it in the folder of the bundle.
# Exit status: 0 all holds, 1 something does not.
LC_ALL=C
export LC_ALL
unset CDPATH
cd "$(dirname "$0")/.." || exit 1
# A bundle has files and folders only: a link may lead to a copy elsewhere, and a name with a line break
# looks like two.
odd=$(find . ! -type f ! -type d -o -name '*
*') || exit 1
[ -z "$odd" ] || { printf 'neither a file nor a folder, or a name of two lines: %s\n' "$odd"; exit 1; }
failed=0
for name in sha256 sha512; do
  for manifest in "manifest-$name.txt" "tagmanifest-$name.txt"; do
    "${name}sum" --quiet --strict -c "$manifest" && echo "$manifest: OK" || failed=1
  done
done
if [ -f manifest-sm3.txt ] && cksum -a sm3 </dev/null >/dev/null 2>&1; then
  for manifest in manifest-sm3.txt tagmanifest-sm3.txt; do
    cksum -a sm3 --quiet --strict -c "$manifest" && echo "$manifest: OK" || failed=1
  done
fi
for file in seal/*; do
  case "$file" in
    *.sha256) [ -f "${file%.sha256}" ] || { echo "${file%.sha256}: gone"; failed=1; } ;;
    *) [ "$(sha256sum "$file")" = "$(cat "$file.sha256")" ] || { echo "$file: not as its sum says"; failed=1; } ;;
  esac
done
# What no manifest names was added. A line there has 64 digits, two blanks and the name.
added=$(find . -type f | awk '
  where { named[where, substr($0, 67)] = 1; next }
  { sub(/^\.\//, "") }
  /^tagmanifest-(sha256|sha512|sm3)\.txt$/ { next }
  /^seal\/tagmanifest-sha256\.txt(\.p7s|\.sm2sig|\.[a-z0-9-]+\.tsr)(\.sha256)?$/ { next }
  !(((/^data\// ? "payload" : "tags"), $0) in named) { print $0 ": not in the manifest" }
' where=payload manifest-sha256.txt where=tags tagmanifest-sha256.txt where= -) || failed=1
[ -z "$added" ] || { printf '%s\n' "$added"; failed=1; }
# A certificate counts as of the day of the seal: by then it was valid, whenever somebody checks it.
moment=$(date -u -d "$(sed -n 's/^Livewatch-Exported: //p' bag-info.txt)" +%s 2>/dev/null) || moment=$(date +%s)
openssl cms -verify -attime "$moment" -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s \
  -content tagmanifest-sha256.txt -CAfile "${ROOT:-trust/seal.crt}" -purpose any -out /dev/null || failed=1
sm2=seal/tagmanifest-sha256.txt.sm2sig
if [ -f $sm2 ]; then
  openssl x509 -in trust/sm2.pem -noout -pubkey | openssl pkeyutl -verify -rawin -digest sm3 -pubin \
    -inkey /dev/stdin -pkeyopt distid:1234567812345678 -in tagmanifest-sha256.txt -sigfile $sm2 || failed=1
fi
exit $failed
