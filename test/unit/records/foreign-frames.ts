import { jsonLines } from './codecs.js';

/**
 * Frames that other people's encoders wrote: the command-line tools lz4 1.9.4, zstd 1.5.4 and gzip 1.12, each run with
 * the options shown over one of the two contents below.
 */
export const contents = {
  /** Spans several 64 KiB blocks, and compresses to next to nothing. */
  repetitive: Buffer.from('millrace '.repeat(20000)),
  lines: jsonLines(3000),
};

export interface ForeignFrame {
  codec: 'gzip' | 'lz4' | 'zstd';
  command: string;
  content: keyof typeof contents;
  base64: string;
}

export const foreignFrames: ForeignFrame[] = [
  {
    codec: 'lz4',
    command: 'lz4 -B4',
    content: 'repetitive',
    base64:
      'BCJNGGRApxMBAACfbWlsbHJhY2UgCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BsbHJhYxMBAACfZSBtaWxscmFjCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BtaWxsctIAAACfYWNlIG1pbGxyCQD//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////75QcmFjZSAAAAAA0oV+HA==',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B4',
    content: 'lines',
    base64:
      'BCJNGGRApwIDAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQAwOTE5LgAPPwAMJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNDMzMz8AGzF1Ai8xOXcCEDUzNzBAAAt4Ai8xMHgCECU0MHgCGzF5Ah8yeAIQJTQ0eAIbMXkCLzk0eQIQJTQ4eQIbMXoCLzg2egIQJTUxegIbMXsCLzc4ewIQJTU1ewIbMXwCLzcwfAIQJTU5fAIbMX0CLzYyfQIQJTYyfQIbMX4CLzU0fgIQJTY2fgIbMX8CLzQ2fwIQJTcwfwIbMn8CLzM4fwIQJTc0fwIbMn8CLzI5fwIQJTc3fwIcMn8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CEDQ5MjW+AxsyfwIvODl/AhAlOTZ/AhsyfwIvODF/AhAlOTl/AhsyfwIvNzN/Ag81MTAzfwIbMn8CLzY1fwIPNTEwN38CGzN/Ai81N38CDzUxMTF/AhszfwIvNDh/Ag81MTE0fwIbM38CLzQwfwIPNTExOH8CGzN/Ai8zMn8CDzUxMjJ/AhszfwIvMjSAAg81MTI1gAIbM4ACLzE2gAIPNTEyOYACHDOAAg9/Ag81MTMzfwIbM38CD30CDzUxMzZ9AhszfQIvOTJ9AhAlNDB9AhszfQIvODR9AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Ahs0fQIvNjd9AhAlNTF9Ahs0fQIvNTl9AhAlNTV9Ahs0fQIvNTF9AhAlNTl9Ahs0fQIvNDN9AhAlNjJ9Ahs0fQIvMzV9AhAlNjZ9Ahs0fQIvMjd+AhAjNzB+AlAiOjQ3LAAAAAB2QpnG',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B5 --content-size',
    content: 'repetitive',
    base64:
      'BCJNGGxQIL8CAAAAAACh1AIAAJ9taWxscmFjZSAJAP///////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////8BQcmFjZSAAAAAA0oV+HA==',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B5 --content-size',
    content: 'lines',
    base64:
      'BCJNGGxAuAsAAAAAAADoAgMAAPEAeyJpZCI6MCwidXNlciI6BwDwBC0wIiwiYWN0aW9uIjoiY2xpY2sRAGZ0IjoxNzABACJ9Cj0AGjE9ADA5MTkuAA8/AAwkMzc/ABoyPwA/ODM4PwAQJDc0PwAaMz8APzc1Nz8ADzQxMTE/ABo0PwA/Njc2PwAQJDQ4PwAaNT8APzU5NT8AECQ4NT8AGzY/AC8xND8ADzQyMjI/ABo3PwA/NDMzPwAQJDU5PwAaOD8APzM1Mj8AECQ5Nj8AGjk/AD8yNzE/AA80MzMzPwAbMXUCLzE5dwIQNTM3MEAAC3gCLzEweAIQJTQweAIbMXkCHzJ4AhAlNDR4AhsxeQIvOTR5AhAlNDh5AhsxegIvODZ6AhAlNTF6AhsxewIvNzh7AhAlNTV7AhsxfAIvNzB8AhAlNTl8AhsxfQIvNjJ9AhAlNjJ9AhsxfgIvNTR+AhAlNjZ+AhsxfwIvNDZ/AhAlNzB/AhsyfwIvMzh/AhAlNzR/AhsyfwIvMjl/AhAlNzd/AhwyfwIfMYACECU4MYACGzKAAi8xM4ACECU4NYACGzKAAh81fwIQJTg4fwIbMn8CLzk3fwIQNDkyNb4DGzJ/Ai84OX8CECU5Nn8CGzJ/Ai84MX8CECU5OX8CGzJ/Ai83M38CDzUxMDN/AhsyfwIvNjV/Ag81MTA3fwIbM38CLzU3fwIPNTExMX8CGzN/Ai80OH8CDzUxMTR/AhszfwIvNDB/Ag81MTE4fwIbM38CLzMyfwIPNTEyMn8CGzN/Ai8yNIACDzUxMjWAAhszgAIvMTaAAg81MTI5gAIcM4ACD38CDzUxMzN/AhszfwIPfQIPNTEzNn0CGzN9Ai85Mn0CECU0MH0CGzN9Ai84NH0CECU0NH0CGzR9Ai83Nn0CECU0OH0CGzR9Ai82N30CECU1MX0CGzR9Ai81OX0CECU1NX0CGzR9Ai81MX0CECU1OX0CGzR9Ai80M30CECU2Mn0CGzR9Ai8zNX0CECU2Nn0CGzR9Ai8yN34CECM3MH4CUCI6NDcsAAAAAHZCmcY=',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B4 -BX',
    content: 'repetitive',
    base64:
      'BCJNGHRAvRMBAACfbWlsbHJhY2UgCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BsbHJhY3e9s4sTAQAAn2UgbWlsbHJhYwkA/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////99QbWlsbHKUqKAB0gAAAJ9hY2UgbWlsbHIJAP//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////vlByYWNlIIjXj8AAAAAA0oV+HA==',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B4 -BX',
    content: 'lines',
    base64:
      'BCJNGHRAvQIDAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQAwOTE5LgAPPwAMJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNDMzMz8AGzF1Ai8xOXcCEDUzNzBAAAt4Ai8xMHgCECU0MHgCGzF5Ah8yeAIQJTQ0eAIbMXkCLzk0eQIQJTQ4eQIbMXoCLzg2egIQJTUxegIbMXsCLzc4ewIQJTU1ewIbMXwCLzcwfAIQJTU5fAIbMX0CLzYyfQIQJTYyfQIbMX4CLzU0fgIQJTY2fgIbMX8CLzQ2fwIQJTcwfwIbMn8CLzM4fwIQJTc0fwIbMn8CLzI5fwIQJTc3fwIcMn8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CEDQ5MjW+AxsyfwIvODl/AhAlOTZ/AhsyfwIvODF/AhAlOTl/AhsyfwIvNzN/Ag81MTAzfwIbMn8CLzY1fwIPNTEwN38CGzN/Ai81N38CDzUxMTF/AhszfwIvNDh/Ag81MTE0fwIbM38CLzQwfwIPNTExOH8CGzN/Ai8zMn8CDzUxMjJ/AhszfwIvMjSAAg81MTI1gAIbM4ACLzE2gAIPNTEyOYACHDOAAg9/Ag81MTMzfwIbM38CD30CDzUxMzZ9AhszfQIvOTJ9AhAlNDB9AhszfQIvODR9AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Ahs0fQIvNjd9AhAlNTF9Ahs0fQIvNTl9AhAlNTV9Ahs0fQIvNTF9AhAlNTl9Ahs0fQIvNDN9AhAlNjJ9Ahs0fQIvMzV9AhAlNjZ9Ahs0fQIvMjd+AhAjNzB+AlAiOjQ3LCpTCtIAAAAAdkKZxg==',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B4 --no-frame-crc',
    content: 'repetitive',
    base64:
      'BCJNGGBAghMBAACfbWlsbHJhY2UgCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BsbHJhYxMBAACfZSBtaWxscmFjCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BtaWxsctIAAACfYWNlIG1pbGxyCQD//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////75QcmFjZSAAAAAA',
  },
  {
    codec: 'lz4',
    command: 'lz4 -B4 --no-frame-crc',
    content: 'lines',
    base64:
      'BCJNGGBAggIDAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQAwOTE5LgAPPwAMJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNDMzMz8AGzF1Ai8xOXcCEDUzNzBAAAt4Ai8xMHgCECU0MHgCGzF5Ah8yeAIQJTQ0eAIbMXkCLzk0eQIQJTQ4eQIbMXoCLzg2egIQJTUxegIbMXsCLzc4ewIQJTU1ewIbMXwCLzcwfAIQJTU5fAIbMX0CLzYyfQIQJTYyfQIbMX4CLzU0fgIQJTY2fgIbMX8CLzQ2fwIQJTcwfwIbMn8CLzM4fwIQJTc0fwIbMn8CLzI5fwIQJTc3fwIcMn8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CEDQ5MjW+AxsyfwIvODl/AhAlOTZ/AhsyfwIvODF/AhAlOTl/AhsyfwIvNzN/Ag81MTAzfwIbMn8CLzY1fwIPNTEwN38CGzN/Ai81N38CDzUxMTF/AhszfwIvNDh/Ag81MTE0fwIbM38CLzQwfwIPNTExOH8CGzN/Ai8zMn8CDzUxMjJ/AhszfwIvMjSAAg81MTI1gAIbM4ACLzE2gAIPNTEyOYACHDOAAg9/Ag81MTMzfwIbM38CD30CDzUxMzZ9AhszfQIvOTJ9AhAlNDB9AhszfQIvODR9AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Ahs0fQIvNjd9AhAlNTF9Ahs0fQIvNTl9AhAlNTV9Ahs0fQIvNTF9AhAlNTl9Ahs0fQIvNDN9AhAlNjJ9Ahs0fQIvMzV9AhAlNjZ9Ahs0fQIvMjd+AhAjNzB+AlAiOjQ3LAAAAAA=',
  },
  {
    codec: 'lz4',
    command: 'lz4 -9 -B6',
    content: 'repetitive',
    base64:
      'BCJNGGRQCNQCAACfbWlsbHJhY2UgCQD////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////AUHJhY2UgAAAAANKFfhw=',
  },
  {
    codec: 'lz4',
    command: 'lz4 -9 -B6',
    content: 'lines',
    base64:
      'BCJNGGRAp+wCAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQA/OTE5PwAQJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNTMzMzcCC3UCLzE5dwIQJjM3dwILeAIvMTB4AhAlNDB4AhsxeQIfMngCECU0NHgCGzF5Ai85NHkCECU0OHkCGzF6Ai84NnoCECU1MXoCGzF7Ai83OHsCECU1NXsCGzF8Ai83MHwCECU1OXwCGzF9Ai82Mn0CECU2Mn0CGzF+Ai81NH4CECU2Nn4CGzF/Ai80Nn8CECU3MH8CGzJ/Ai8zOH8CECU3NH8CGzJ/Ai8yOX8CECY3N/cEDH8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CECU5Mn8CGzJ/Ai84OX8CECU5Nn8CGzJ/Ai84MX8CECU5OX8CGzJ/Ai83M38CDzUxMDN/AhsyfwI/NjUxQAAQFTd/AhszfwIvNTd/Ag81MTExfwIbM38CPzQ4OUAAEBU0fwIbM38CPzQwOEAAEBY4dwcLfwIvMzJ/Ag81MTIyfwIbM38CPzI0NkAAEBU1gAIbM4ACPzE2NUAAEBU5gAIcM4ACD38CDzUxMzN/AhszfwIfMz4AEBU2fQIbM30CLzkyfQIQJTQwfQIsMzm9AA99AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Aiw0MTYJD30CECU1MX0CLDQyNwkPfQIQJTU1fQIsNDM4CQ99AhAmNTn1CRw0OQkPfQIQJTYyfQIsNDU6CQ99AhAlNjZ9Aiw0NjsJD34CECM3MH4CUCI6NDcsAAAAAHZCmcY=',
  },
  {
    codec: 'lz4',
    command: 'lz4 -BD -B4',
    content: 'lines',
    base64:
      'BCJNGGRApwIDAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQAwOTE5LgAPPwAMJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNDMzMz8AGzF1Ai8xOXcCEDUzNzBAAAt4Ai8xMHgCECU0MHgCGzF5Ah8yeAIQJTQ0eAIbMXkCLzk0eQIQJTQ4eQIbMXoCLzg2egIQJTUxegIbMXsCLzc4ewIQJTU1ewIbMXwCLzcwfAIQJTU5fAIbMX0CLzYyfQIQJTYyfQIbMX4CLzU0fgIQJTY2fgIbMX8CLzQ2fwIQJTcwfwIbMn8CLzM4fwIQJTc0fwIbMn8CLzI5fwIQJTc3fwIcMn8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CEDQ5MjW+AxsyfwIvODl/AhAlOTZ/AhsyfwIvODF/AhAlOTl/AhsyfwIvNzN/Ag81MTAzfwIbMn8CLzY1fwIPNTEwN38CGzN/Ai81N38CDzUxMTF/AhszfwIvNDh/Ag81MTE0fwIbM38CLzQwfwIPNTExOH8CGzN/Ai8zMn8CDzUxMjJ/AhszfwIvMjSAAg81MTI1gAIbM4ACLzE2gAIPNTEyOYACHDOAAg9/Ag81MTMzfwIbM38CD30CDzUxMzZ9AhszfQIvOTJ9AhAlNDB9AhszfQIvODR9AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Ahs0fQIvNjd9AhAlNTF9Ahs0fQIvNTl9AhAlNTV9Ahs0fQIvNTF9AhAlNTl9Ahs0fQIvNDN9AhAlNjJ9Ahs0fQIvMzV9AhAlNjZ9Ahs0fQIvMjd+AhAjNzB+AlAiOjQ3LAAAAAB2QpnG',
  },
  {
    codec: 'zstd',
    command: 'zstd -3',
    content: 'repetitive',
    base64: 'KLUv/aQgvwIAjAAASG1pbGxyYWNlIAEA9P/MyxFNAAAIYQEAHD8dCAELlm65',
  },
  {
    codec: 'zstd',
    command: 'zstd -3',
    content: 'lines',
    base64:
      'KLUv/WS4CrUKAJYSLRmQqdAGq1iXvlA22vx/EL2ye6eULqRgFytOMgAhACEApLG5GTsVnWRN+WW2lo9HgAYpIsaiIKEwSAzEOEBQLBIC4zAkADESCBQWxkEQY0AxGAKVopPow1KJN1KcsSKHjPYf/1IupJTlSNusHl3HdmO/2j51y9pGyn3SbpI1LuFQLXT1jla6s/bqajYdM0tjq659mQOHulT1ROOX/N+Q8xnenMOi20n1nzfL2TOZtukriZ7yAYCOqCFcmiv7jAGAg6Sg5AESQCAQBFCAhEBkHOH/5geYQJHUwwKQ1BBjuAs/cgz9QfM/nkXxrdVeZ75RwKA4kF16i2/wztgPt5EOggAkyMXDz0rFAQax0QcuxMxNkNo/0IwJUCmzP1VjP0AMfYzM+NjOnonPqG+Pr8AOAh5VUDW1PJU8T2Ehh8La9yFw02RQlmCXy4A1KcT4nz6g0hSpAUqlDzs=',
  },
  {
    codec: 'zstd',
    command: 'zstd -19 --no-check',
    content: 'repetitive',
    base64: 'KLUv/aAgvwIAjAAASG1pbGxyYWNlIAEA9P/MyxFFAAAAAQAdP+oFCA==',
  },
  {
    codec: 'zstd',
    command: 'zstd -19 --no-check',
    content: 'lines',
    base64:
      'KLUv/WC4CmUKAFYXNheAS9paSCnwDTHBDM5bZPemnaI0Vi4bMDkAKwArAJYuwiyin+23rLCyCm9nb3t19ENCH2WzgMjMXJPiQBAOCUJJimJxcBAGJVBGkBSGofEogUlK4VAgAXeZrueDNKa52rNmfmHTRrar83PWqsKrYssM3+I9qT/avXlO27nJTomo5wx2n2qfieiIc9M98aVp52qIrmVpo6np0JlUPNueaC5nXZYRre7WUckvYm0HgbvnfraXVVEdbUb/m9eivzDLv1ae9YNjN6f3mGRzO5HS6MhER6PKshZhBYCOqBFgfFthnzHAFxoDEkAgEARgBaeG/xXvA1Mu/wWmMnNbbT0vpBolAkzdNWLFuoryh3dLjVaqs2hZPNmJwM50iuYOc8tK9LUShXbbSUYHMssCOaDuRBpBwxiB5IPYz4rEJwQSowGQqCT/JwmoNN1q',
  },
  {
    codec: 'zstd',
    command: 'zstd -1 --no-content-size',
    content: 'repetitive',
    base64: 'KLUv/QRAjAAASG1pbGxyYWNlIAEA9P/MyxFNAAAIYQEAHD8dCAELlm65',
  },
  {
    codec: 'zstd',
    command: 'zstd -1 --no-content-size',
    content: 'lines',
    base64:
      'KLUv/QQQPQoARtIsGZAp6atmVagIFCGwuyyIlFLKlNIzzc1YBA4xACEAIQAzdio6yZryy2wtH48ADaVYEIUDIQiBcRQYpCAGB4eCcSAEKQEFQRhIWCBEKYjAQRgCJPqwVOJNKc5YkUNG+49/WV5YPtI2q0fXsd3Yr7Ynjc0FNrLcJ+0mWeMqHKoLXb2jle6svbqaTcfM0tiqa1/mlqIHRL1U9UTjl/zfcD5zc07R7VT/by7vmUzb9JVET/m6ZR2AjaghWHT3Zzegg5RUBxJIIAiQAA2BCDnC/7EPmECbqZn4y0/txF9+aieu+wENAkpgRXyggzDOxvAarRhd++fyQA8QSEEgQYzECBrEbncARDAIIgmBEo6AAAJ/SIKfhGMfgAAfmvaE+BCEZw/GpyfHM8ZAzknRnBbOFVrRKCKXzxKGzq2foGUioE1M/GUlgFUDSqUPOw==',
  },
  {
    codec: 'zstd',
    command: 'zstd, streamed',
    content: 'repetitive',
    base64: 'KLUv/QRYjAAASG1pbGxyYWNlIAEA9P/MyxFNAAAIYQEAHD8dCAELlm65',
  },
  {
    codec: 'zstd',
    command: 'zstd, streamed',
    content: 'lines',
    base64:
      'KLUv/QRYhQoAplItGZAp6atmVagIFCGwuyyIlFLKlNIzzc1YBA4yACIAIQBzM3YqOsma8stsLR+PAA2lWBCFAyEIgXEUGKQgBgeHgnEgBCkBBUEYSFggRCmIwEEYAqXoJPqwVOJNKc5YkUNG+49/WV5YPtI2q0fXsd3Yr7YnjQVuWdvIcp+0m2SNq3CoLnT1jla6s/bqajYdM0tjq659mRtEvVT1ROOX/N+Q8xnenMOi20n1nzeXs2cybdNXEj3lG4CNqCFYXfdnN5CDlJQ8EkggCJAADYEIOcL/yQ+YQBGhUgEoxi9wfvT3nNTOafnPepf4XqRPoRdvYJCb9V6VCh1/zPKC2+Fq2sYURE78ZLtz3aBWL3+K1aSCzJCBiJCAzKF/3CH9VEH7mEL5OG6Pko8W/fYoOPSseN5xFhiAMNNI/L+jBUGF5P2hMBDNCa5xAdjpCbSsBPhqSqUPOw==',
  },
  {
    codec: 'zstd',
    command: 'zstd --long=27, streamed',
    content: 'repetitive',
    base64: 'KLUv/QSIjAAASG1pbGxyYWNlIAEA9P/MyxFNAAAIYQEAHD8dCAELlm65',
  },
  {
    codec: 'gzip',
    command: 'gzip -9',
    content: 'repetitive',
    base64:
      'H4sIAAAAAAACA+3GsQkAMAgAsFf6mpQOgi7+P3hHIZnSWTVx32kRERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERERH5IQsiRAQ7IL8CAA==',
  },
  {
    codec: 'gzip',
    command: 'gzip -1',
    content: 'lines',
    base64:
      'H4sIAAAAAAAEA43WzYpUQQyG4b2XcdYt1Jf/9N1I66JRFHRcDd6748CJnGwqtSkIvLV6oPJ6PD8f93U7fv/68vO4v18f13E7Pj1enj++v00e356Pr/8GL8cdvv6fPx9e32Nc40QOcvYzp2seHIPc5cz5mrv6Pgdw5nLNzW2QS5y5XnNNHeShZ24th+xzIjpzv+bCPMg1zzyuOSsN8rQzz2tOjn3OzGeOhg45YMe+qm/usAbuZJU7NHg0cCdS7tDgpQzgSRQ8NHlhA3mKkodGz2NAT7XoodnzNbCnWfbQ8BkN8BkVPjR9KgN9ZqUPjZ/YgJ+v4keNH8eAn0vxo8aPcsDPvfhR54eBv0D5o+YPPPAXWv6o+dMBv4jiR41f+oBfUvGjxi9ywC+t+FHjFxjwyyx+1Pg57/lhcfGjxs90zw/Lix83fup7fm/fVvHjxk9izw+Q4seNn6w9PyCKHzd+THt+ICp+3PiR7P2BtPxx8wfb+wNl+ePub88PzMWPG789PrAVPm74kgb4ZBU+bvhCBvhECp80fG4DfBKFTxo+8wE+ReGThk9zgE+18EnD9/b0dvWAZuGThk94gM+o8EnDxzrAZ1b4pOEjH+jzVfrEb38BSS7MvbgLAAA=',
  },
];

/** Whole and sound, and yet refused, as Kafka refuses them: linked blocks, and the format before frames. */
export const refusedFrames: ForeignFrame[] = [
  {
    codec: 'lz4',
    command: 'lz4 -BD -B4',
    content: 'repetitive',
    base64:
      'BCJNGERAXhMBAACfbWlsbHJhY2UgCQD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////31BsbHJhYwoBAAAP+f//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////6FBtaWxsctIAAACfYWNlIG1pbGxyCQD//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////75QcmFjZSAAAAAA0oV+HA==',
  },
  {
    codec: 'lz4',
    command: 'lz4 -l',
    content: 'lines',
    base64:
      'AiFMGAIDAADxAHsiaWQiOjAsInVzZXIiOgcA8AQtMCIsImFjdGlvbiI6ImNsaWNrEQBmdCI6MTcwAQAifQo9ABoxPQAwOTE5LgAPPwAMJDM3PwAaMj8APzgzOD8AECQ3ND8AGjM/AD83NTc/AA80MTExPwAaND8APzY3Nj8AECQ0OD8AGjU/AD81OTU/ABAkODU/ABs2PwAvMTQ/AA80MjIyPwAaNz8APzQzMz8AECQ1OT8AGjg/AD8zNTI/ABAkOTY/ABo5PwA/MjcxPwAPNDMzMz8AGzF1Ai8xOXcCEDUzNzBAAAt4Ai8xMHgCECU0MHgCGzF5Ah8yeAIQJTQ0eAIbMXkCLzk0eQIQJTQ4eQIbMXoCLzg2egIQJTUxegIbMXsCLzc4ewIQJTU1ewIbMXwCLzcwfAIQJTU5fAIbMX0CLzYyfQIQJTYyfQIbMX4CLzU0fgIQJTY2fgIbMX8CLzQ2fwIQJTcwfwIbMn8CLzM4fwIQJTc0fwIbMn8CLzI5fwIQJTc3fwIcMn8CHzGAAhAlODGAAhsygAIvMTOAAhAlODWAAhsygAIfNX8CECU4OH8CGzJ/Ai85N38CEDQ5MjW+AxsyfwIvODl/AhAlOTZ/AhsyfwIvODF/AhAlOTl/AhsyfwIvNzN/Ag81MTAzfwIbMn8CLzY1fwIPNTEwN38CGzN/Ai81N38CDzUxMTF/AhszfwIvNDh/Ag81MTE0fwIbM38CLzQwfwIPNTExOH8CGzN/Ai8zMn8CDzUxMjJ/AhszfwIvMjSAAg81MTI1gAIbM4ACLzE2gAIPNTEyOYACHDOAAg9/Ag81MTMzfwIbM38CD30CDzUxMzZ9AhszfQIvOTJ9AhAlNDB9AhszfQIvODR9AhAlNDR9Ahs0fQIvNzZ9AhAlNDh9Ahs0fQIvNjd9AhAlNTF9Ahs0fQIvNTl9AhAlNTV9Ahs0fQIvNTF9AhAlNTl9Ahs0fQIvNDN9AhAlNjJ9Ahs0fQIvMzV9AhAlNjZ9Ahs0fQIvMjd+AhAjNzB+AlAiOjQ3LA==',
  },
];
