#!/bin/sh
# Checks this bundle with coreutils and OpenSSL only. Run it in the folder of the bundle.
# Exit status: 0 all holds, 1 something does not.
cd "$(dirname "$0")/.." || exit 1
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
for sum in seal/*; do
  case "$sum" in
    *.sha256) sha256sum --quiet --strict -c "$sum" || failed=1 ;;
    seal/tagmanifest-sha256.txt.p7s|seal/tagmanifest-sha256.txt.sm2sig|seal/tagmanifest-sha256.txt.*.tsr)
      [ -f "$sum.sha256" ] || { echo "$sum: no sum"; failed=1; } ;;
    *) echo "$sum: no file of a seal"; failed=1 ;;
  esac
done
# What no manifest names was added. A line there has 64 digits, two blanks and the name.
end='
'
payload="$end$(cut -c67- manifest-sha256.txt)$end"
tags="$end$(cut -c67- tagmanifest-sha256.txt)$end"
for file in $(find . -type f | sed 's|^\./||' | sort); do
  case "$file" in
    tagmanifest-sha256.txt|tagmanifest-sha512.txt|tagmanifest-sm3.txt|seal/*) continue ;;
    data/*) named=$payload ;;
    *) named=$tags ;;
  esac
  case "$named" in
    *"$end$file$end"*) ;;
    *) echo "$file: not in the manifest"; failed=1 ;;
  esac
done
openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s \
  -content tagmanifest-sha256.txt -CAfile "${ROOT:-trust/seal.crt}" -purpose any -out /dev/null || failed=1
sm2=seal/tagmanifest-sha256.txt.sm2sig
if [ -f $sm2 ]; then
  openssl x509 -in trust/sm2.pem -noout -pubkey | openssl pkeyutl -verify -rawin -digest sm3 -pubin \
    -inkey /dev/stdin -pkeyopt distid:1234567812345678 -in tagmanifest-sha256.txt -sigfile $sm2 || failed=1
fi
exit $failed
