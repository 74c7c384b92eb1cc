-- Source: PL/SQL Language Reference, "FORALL Statement", "BULK COLLECT Clause"

create table t (id number primary key, n number(2));
declare
   type ids_type is table of pls_integer;
   type rows_type is table of t%rowtype;
   l_ids ids_type := ids_type(1, 2, 3);
   l_rows rows_type;
   l_some ids_type;
   e_bulk exception;
   pragma exception_init(e_bulk, -24381);
   cursor c is select id from t order by id;
begin
   forall i in 1 .. l_ids.count
      insert into t values (l_ids(i), l_ids(i) * 10);
   dbms_output.put_line(sql%rowcount || ' ' || sql%bulk_rowcount(2));
   select * bulk collect into l_rows from t order by id;
   dbms_output.put_line(l_rows.count || ' ' || l_rows(3).n);
   select id bulk collect into l_some from t where id > 100;
   dbms_output.put_line(l_some.count);
   open c;
   loop
      fetch c bulk collect into l_some limit 2;
      dbms_output.put_line('fetched ' || l_some.count);
      exit when c%notfound;
   end loop;
   close c;
   begin
      forall i in 1 .. l_ids.count save exceptions
         update t set n = case when id = 2 then 1000 else n + 1 end where id = l_ids(i);
   exception
      when e_bulk then
         dbms_output.put_line(sql%bulk_exceptions.count);
         dbms_output.put_line(sql%bulk_exceptions(1).error_index || ' ' || sql%bulk_exceptions(1).error_code);
   end;
   l_ids.delete(2);
   forall i in indices of l_ids
      update t set n = n + 1 where id = l_ids(i);
   update t set n = n + 1 where id < 3 returning id bulk collect into l_some;
   dbms_output.put_line('returned ' || l_some.count);
   begin
      l_ids := ids_type(1, 1000);
      forall i in 1 .. 2
         insert into t values (l_ids(i) + 9, l_ids(i));
   exception
      when others then dbms_output.put_line(sqlcode);
   end;
end;
/
-- expect output: 3 1
-- expect output: 3 30
-- expect output: 0
-- expect output: fetched 2
-- expect output: fetched 1
-- expect output: 1
-- expect output: 2 1438
-- expect output: returned 2
-- expect output: -1438
select id, n from t order by id;
-- expect: 1 | 13
-- expect: 2 | 21
-- expect: 3 | 32
-- expect: 10 | 1
