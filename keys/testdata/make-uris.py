# Writes uris.jsonl.gz and the signatures marked "python" from bittensor-wallet. See README.md.
import gzip
import json
from bittensor_wallet import Keypair
D="bottom drive obey lake curtain smoke basket hold race lonely fit walk"
S="0x"+"01"*32
U=["","//18446744073709551616","//18446744073709551615","//+5","//5","//++5","//+","//-5","//007","a-b//x","//a b","//Alice///pw","_//a","//é","bottom  drive obey lake curtain smoke basket hold race lonely fit walk",
"Bottom drive obey lake curtain smoke basket hold race lonely fit walk",S+"/soft",S,S+"///ignored",S[:-2],S[:-1]+"g","0X"+"01"*32,"01"*32,"//a\nb","///a\nb"," "+D+" ",D+"\t",D+"//",D+"/",D+"//a/",D+"//a//","/","//","///","////","/////x","///x///y","//a////b",D+" walk",D.replace("walk","wall"),"//a/b//c/1//2///p/q//r", "//"+"y"*16384, "//"+"y"*16383, "//"+"y"*63,"//"+"y"*64,"//\u202eabc","//１"]
rows=[]
for u in U:
    for s,c in (("sr25519",1),("ed25519",0)):
        try: rows.append({"scheme":s,"uri":u,"address":Keypair.create_from_uri(u,crypto_type=c).ss58_address})
        except BaseException as e: rows.append({"scheme":s,"uri":u,"address":""})
open("uris.jsonl.gz","wb").write(gzip.compress("".join(json.dumps(r)+"\n" for r in rows).encode(),9,mtime=0))
print(sum(r["address"]=="" for r in rows),len(rows))
sg=[]
for c,s in ((1,"sr25519"),(0,"ed25519")):
    k=Keypair.create_from_uri("//Alice",crypto_type=c)
    for m in (b"",b"hello",b"x"*300):
        sg.append({"scheme":s,"what":"python","message":"0x"+m.hex(),"signature":"0x"+k.sign(m).hex(),"public":"0x"+k.public_key.hex(),"ok":True})
open("signatures-python.jsonl","w").write("".join(json.dumps(r)+"\n" for r in sg))
