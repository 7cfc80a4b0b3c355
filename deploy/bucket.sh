#!/bin/sh
# Start seaweedfs as one process, with one pair of keys, its telemetry off, and the bucket `patients`.
set -eu
umask 077
cat > /tmp/keys.json <<KEYS
{"identities": [{"name": "assistant", "actions": ["Admin", "Read", "Write", "List"],
  "credentials": [{"accessKey": "$BUCKET_KEY", "secretKey": "$BUCKET_SECRET"}]}]}
KEYS
(
    # The bucket can be made when the rest is up; that it is there already is no fault.
    until echo "s3.bucket.create -name patients" | weed shell -master=127.0.0.1:9333 2>/dev/null |
        grep -q -e created -e exist; do
        sleep 1
    done
) &
exec weed server -dir=/data -ip=127.0.0.1 -ip.bind=0.0.0.0 -master.telemetry=false \
    -volume.max=0 -filer -s3 -s3.port=8333 -s3.port.iceberg=0 -s3.port.lance=0 -s3.config=/tmp/keys.json
